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
fn short_calls_prove_an_extension() {
    let calls = Calls::new();
    assert!(!calls.policy.is_proved());
    assert_eq!(calls.prove(), FIRST_PROOF);
    assert!(calls.policy.is_proved());
}

#[test]
fn a_longer_call_sets_the_proof_back() {
    let calls = Calls::new();
    assert_eq!(calls.make(FIRST_PROOF - 1, SHORT), None);
    assert_eq!(calls.make(1, SHORT * 2), None);
    assert_eq!(calls.prove(), SET_BACK + 1);
}

#[test]
fn an_extension_whose_fifth_call_is_long_is_never_proved() {
    let calls = Calls::new();
    for _ in 0..1000 {
        assert_eq!(calls.make(SET_BACK, SHORT), None);
        assert_eq!(calls.make(1, LONG), None);
    }
}

#[test]
fn a_call_that_blocks_has_the_proof_counted_anew() {
    let calls = Calls::new();
    assert_eq!(calls.make(FIRST_PROOF - 1, SHORT), None);
    assert_eq!(calls.make(1, AGE), None);
    assert_eq!(calls.prove(), FIRST_PROOF);
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
fn long_calls_demote_a_proved_extension_and_double_its_proof() {
    let calls = Calls::new();
    let proofs = [(); 6].map(|()| {
        let proof = calls.prove();
        // The second one is more than may be owed.
        assert_eq!(calls.make(2, LONG), Some(Verdict::Demoted));
        assert!(!calls.policy.is_proved());
        proof
    });
    assert_eq!(proofs, [32, 64, 128, 256, 256, 256]);
}

#[test]
fn calls_that_are_all_a_little_long_demote_it_as_well() {
    let calls = Calls::new();
    calls.prove();
    let most = MOST_OWED / 6;
    assert_eq!(calls.make(most, MADE_UP * 6), None);
    assert_eq!(calls.make(1, MADE_UP * 6), Some(Verdict::Demoted));
}

#[test]
fn short_calls_make_up_for_interruptions() {
    let calls = Calls::new();
    calls.prove();
    for _ in 0..100 {
        assert_eq!(calls.make(1, LONG), None);
        assert_eq!(calls.make(MOST_OWED, SHORT), None);
    }
    assert!(calls.policy.is_proved());
}

#[test]
fn long_calls_are_forgiven_where_they_are_rare() {
    let mut calls = Calls::new();
    calls.prove();
    assert_eq!(calls.make(2, LONG), Some(Verdict::Demoted));
    assert_eq!(calls.prove(), FIRST_PROOF * 2);
    calls.now += Duration::from_millis(FORGIVES_LONG);
    assert_eq!(calls.make(2, LONG), Some(Verdict::Demoted));
    assert_eq!(calls.prove(), FIRST_PROOF);
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
    calls.make(1, LONG);
    calls.make(MOST_OWED, SHORT);
    let at_rest = calls.policy.record.load(Ordering::Relaxed);
    calls.now += AGE;
    calls.make(10, SHORT);
    assert_eq!(calls.policy.record.load(Ordering::Relaxed), at_rest);
}

#[test]
fn every_record_survives_its_word() {
    let most = Record {
        is_proved: true,
        short_calls: MOST_OWED,
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
