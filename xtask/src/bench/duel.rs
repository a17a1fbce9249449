//! Ours and another server, one after the other: what else the machine does meets both.

use super::Setup;
use super::cases::{Case, Duel};
use super::figures::{Spread, Unit};
use super::goal::Goal;
use super::load::{self, CONNECTIONS, Load, Sample};
use super::report::Row;
use super::servers::{Kind, Server};

/// A server and the path that is asked of it.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) server: &'a Server,
    pub(super) path: &'a str,
}

/// What the rounds of a duel have shown.
#[derive(Default)]
pub(super) struct Rounds {
    pub(super) ours: Vec<Sample>,
    pub(super) peer: Vec<Sample>,
    pub(super) floor: Vec<Sample>,
}

/// A figure of a sample.
pub(super) type Figure = fn(&Sample) -> f64;

pub(super) const PROCESSOR: Figure = |sample| sample.processor;
pub(super) const P99: Figure = |sample| sample.p99;
pub(super) const RATE: Figure = |sample| sample.rate;

/// Measures a case of the table.
pub(super) fn rows(setup: &Setup, case: &Case, duel: &Duel) -> Result<Vec<Row>, String> {
    let ours = Kind::Isapi.start(setup)?;
    let (kind, peer_path) = duel.peer;
    // Ours against ourselves is two URLs of one server.
    let other = match kind {
        Kind::Isapi => None,
        _ => Some(kind.start(setup)?),
    };
    let floor = Kind::Floor.start(setup)?;
    let targets = [
        (&ours, duel.ours),
        (other.as_ref().unwrap_or(&ours), peer_path),
        (&floor, duel.floor),
    ]
    .map(|(server, path)| Target { server, path });
    for (target, length) in targets.iter().zip(duel.lengths) {
        load::check(target.server.address(), target.path, duel.load, length)?;
    }
    let [ours, peer, floor] = targets;
    let rounds = interleave(setup, ours, peer, Some(floor), duel.load, duel.pairs)?;
    let processor = rounds.row(case, "CPU per request", PROCESSOR, Unit::Microseconds);
    let rate = rounds.row(case, "requests per second", RATE, Unit::PerSecond);
    Ok(vec![
        processor?
            .peer_name(peer.server.name())
            .goal(duel.processor),
        rate?.peer_name(peer.server.name()).goal(duel.rate),
    ])
}

/// Loads ours, the peer, ours, the peer and so on, with the floor after each pair. Each is warmed up
/// before.
pub(super) fn interleave(
    setup: &Setup,
    ours: Target<'_>,
    peer: Target<'_>,
    floor: Option<Target<'_>>,
    load: Load,
    pairs: usize,
) -> Result<Rounds, String> {
    let run = |target: Target<'_>, seconds| {
        load::run(
            setup,
            target.server,
            target.path,
            load,
            CONNECTIONS,
            seconds,
        )
    };
    for target in [Some(ours), Some(peer), floor].into_iter().flatten() {
        run(target, 1)?;
    }
    let mut rounds = Rounds::default();
    for _ in 0..setup.rounds(pairs) {
        rounds.ours.push(run(ours, setup.seconds())?);
        rounds.peer.push(run(peer, setup.seconds())?);
        if let Some(floor) = floor {
            rounds.floor.push(run(floor, setup.seconds())?);
        }
    }
    Ok(rounds)
}

impl Rounds {
    /// A line of the report: the ratio of each pair, and the medians it comes from.
    pub(super) fn row(
        &self,
        case: &Case,
        what: &str,
        figure: Figure,
        unit: Unit,
    ) -> Result<Row, String> {
        let ours = median(&self.ours, figure)?;
        let peer = median(&self.peer, figure)?;
        let pairs = self.ours.iter().zip(&self.peer);
        let ratio = Spread::of(pairs.map(|(ours, peer)| figure(ours) / figure(peer)))
            .ok_or("no pair was measured")?;
        let mut row = Row::new(case, what, Unit::Ratio, ratio);
        row.ours = unit.show(ours);
        row.peer = unit.show(peer);
        if !self.floor.is_empty() {
            let floor = median(&self.floor, figure)?;
            row.floor = Some((ours / floor, peer / floor));
        }
        Ok(row)
    }
}

fn median(samples: &[Sample], figure: Figure) -> Result<f64, String> {
    Spread::of(samples.iter().map(figure))
        .map(|spread| spread.median)
        .ok_or_else(|| "nothing was measured".to_owned())
}

/// Flat within ten percent.
pub(super) const FLAT: Goal = Goal::AtMost(1.1);

#[cfg(test)]
mod tests {
    use super::{PROCESSOR, Rounds};
    use crate::bench::cases::CASES;
    use crate::bench::figures::Unit;
    use crate::bench::load::Sample;

    fn sample(processor: f64) -> Sample {
        Sample {
            processor,
            rate: 1.0,
            p99: 1.0,
        }
    }

    #[test]
    fn ratios_are_of_pairs_and_multiples_of_medians() {
        let rounds = Rounds {
            ours: [10.0, 12.0, 30.0].map(sample).into(),
            peer: [10.0, 10.0, 20.0].map(sample).into(),
            floor: [6.0, 5.0, 9.0].map(sample).into(),
        };
        let row = rounds
            .row(&CASES[0], "CPU per request", PROCESSOR, Unit::Microseconds)
            .expect("there are samples");
        assert!((row.measured.median - 1.2).abs() < 1e-9);
        assert!((row.measured.min - 1.0).abs() < 1e-9);
        assert!((row.measured.max - 1.5).abs() < 1e-9);
        let (ours, peer) = row.floor.expect("there is a floor");
        assert!((ours - 2.0).abs() < 1e-9);
        assert!((peer - 10.0 / 6.0).abs() < 1e-9);
    }
}
