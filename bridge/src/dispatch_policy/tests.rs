use super::*;

const LONG: Duration = INTERRUPTED;
const AGE: Duration = Duration::from_millis(100);
const FIRST_PENANCE: Duration = Duration::from_millis(FIRST_PENANCE_MS);

/// A policy and its clock.
struct Calls {
    policy: DispatchPolicy,
    now: Instant,
}

impl Calls {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            policy: DispatchPolicy::new(now),
            now,
        }
    }

    /// Calls that take so long; what the last one changed. The clock stands still.
    fn make(&self, count: u32, elapsed: Duration) -> Option<Verdict> {
        let mut verdict = None;
        for _ in 0..count {
            assert_eq!(verdict, None);
            verdict = self.policy.record(self.now, elapsed, false);
        }
        verdict
    }

    /// How many short calls it takes until it is proved.
    fn prove(&self) -> u32 {
        let calls = (1..100_000).find(|_| self.make(1, SHORT) == Some(Verdict::Proved));
        calls.expect("it is proved at last")
    }

    /// For how long short calls do not count.
    fn penance(&mut self) -> Duration {
        let begun = self.now;
        loop {
            assert_eq!(self.make(FIRST_PROOF - 1, SHORT), None);
            if self.make(1, SHORT) == Some(Verdict::Proved) {
                return self.now - begun;
            }
            assert!(!self.policy.is_proved());
            self.now += FIRST_PENANCE;
        }
    }
}

#[test]
fn short_calls_in_a_row_prove_an_extension() {
    let calls = Calls::new();
    assert!(!calls.policy.is_proved());
    assert_eq!(calls.prove(), FIRST_PROOF);
    assert!(calls.policy.is_proved());
}

#[test]
fn a_longer_call_has_the_proof_counted_anew() {
    for elapsed in [SHORT * 2, AGE] {
        let calls = Calls::new();
        assert_eq!(calls.make(FIRST_PROOF - 1, SHORT), None);
        assert_eq!(calls.make(1, elapsed), None);
        assert_eq!(calls.prove(), FIRST_PROOF);
    }
}

#[test]
fn a_call_that_waited_is_not_short() {
    let calls = Calls::new();
    assert_eq!(calls.make(FIRST_PROOF - 1, SHORT), None);
    assert_eq!(calls.policy.record(calls.now, Duration::ZERO, true), None);
    assert_eq!(calls.prove(), FIRST_PROOF);
    let verdict = calls.policy.record(calls.now, Duration::ZERO, true);
    assert_eq!(verdict, Some(Verdict::Demoted));
}

#[test]
fn a_long_call_behind_few_short_ones_demotes_a_proved_extension_and_doubles_its_proof() {
    let calls = Calls::new();
    let proofs = [(); 8].map(|()| {
        let proof = calls.prove();
        assert_eq!(calls.make(FORGIVES_LONG - 1, SHORT), None);
        let long = SHORT + Duration::from_nanos(1);
        assert_eq!(calls.make(1, long), Some(Verdict::Demoted));
        assert!(!calls.policy.is_proved());
        proof
    });
    assert_eq!(proofs, [32, 64, 128, 256, 256, 256, 256, 256]);
}

#[test]
fn interruptions_now_and_then_change_nothing() {
    let calls = Calls::new();
    calls.prove();
    assert_eq!(calls.make(1, LONG), Some(Verdict::Demoted));
    assert_eq!(calls.prove(), FIRST_PROOF * 2);
    for _ in 0..3 {
        assert_eq!(calls.make(FORGIVES_LONG, SHORT), None);
        assert_eq!(calls.make(1, LONG), None);
        assert!(calls.policy.is_proved());
    }
    // Its earlier one is forgiven as well.
    assert_eq!(calls.make(1, LONG), Some(Verdict::Demoted));
    assert_eq!(calls.prove(), FIRST_PROOF * 2);
}

#[test]
fn an_extension_that_blocks_again_and_again_does_so_once_a_minute() {
    let mut calls = Calls::new();
    calls.prove();
    let penances = [(); 10].map(|()| {
        assert_eq!(calls.make(1, AGE), Some(Verdict::Demoted));
        calls.penance().as_millis()
    });
    let doubled = [250, 500, 1000, 2000, 4000, 8000, 16_000, 32_000];
    assert_eq!(penances[..8], doubled);
    assert_eq!(penances[8..], [64_000; 2]);
}

#[test]
fn blocking_is_forgiven_where_it_is_rare() {
    let mut calls = Calls::new();
    calls.prove();
    for _ in 0..3 {
        calls.make(1, AGE);
        let last = calls.penance();
        calls.now += last * 16;
        assert_eq!(calls.make(1, AGE), Some(Verdict::Demoted));
        assert_eq!(calls.penance(), FIRST_PENANCE);
        calls.now += FIRST_PENANCE * 16 - Duration::from_millis(1);
    }
}

#[test]
fn the_record_of_a_good_extension_comes_to_rest() {
    let mut calls = Calls::new();
    calls.prove();
    calls.make(FORGIVES_LONG, SHORT);
    let at_rest = calls.policy.record.load(Ordering::Relaxed);
    calls.now += AGE;
    calls.make(10, SHORT);
    assert_eq!(calls.policy.record.load(Ordering::Relaxed), at_rest);
}

#[test]
fn every_record_survives_its_word() {
    let most = Record {
        is_proved: true,
        streak: FORGIVES_LONG,
        doublings: MOST_DOUBLINGS,
        penances: MOST_PENANCES + 1,
        // Eight years.
        since: 1 << 38,
    };
    for record in [Record::default(), most] {
        assert_eq!(Record::from_bits(record.to_bits()), record);
    }
    for shift in 0..64 {
        let bits = 1 << shift;
        assert_eq!(Record::from_bits(bits).to_bits(), bits);
    }
}
