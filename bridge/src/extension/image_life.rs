//! One life for each image, however many slots it is mounted in.

use std::collections::HashMap;

use isapi_abi::Entry;

use crate::LoadError;
use crate::sync::{Condvar, Mutex, MutexGuard, lock, wait};

/// The images of this process that are in use.
///
/// The same module at two URLs, or in two services, is one image with one set of statics. It must
/// not be loaded twice, and not be terminated while it is still used elsewhere.
pub(super) struct ImageLives<V> {
    lives: Mutex<Lives<V>>,
    changed: Condvar,
}

/// Tells images apart: the addresses of their entry points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ImageKey {
    version: usize,
    proc: usize,
    terminate: Option<usize>,
}

type Lives<V> = HashMap<ImageKey, Life<V>>;

enum Life<V> {
    /// Someone calls `GetExtensionVersion` or `TerminateExtension`, without the lock.
    Changing,
    Loaded {
        users: usize,
        version: V,
    },
}

impl ImageKey {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            version: entry.get_extension_version() as usize,
            proc: entry.http_extension_proc() as usize,
            terminate: entry
                .terminate_extension()
                .map(|terminate| terminate as usize),
        }
    }
}

impl<V: Clone> ImageLives<V> {
    pub(super) fn new() -> Self {
        Self {
            lives: Mutex::new(HashMap::new()),
            changed: Condvar::new(),
        }
    }

    /// Becomes a user of the image; the first one has it loaded by `load`, the others wait for that
    /// and get what it answered.
    ///
    /// # Errors
    ///
    /// Those of `load`; the next one tries again.
    pub(super) fn enter(
        &self,
        image: ImageKey,
        load: impl FnOnce() -> Result<V, LoadError>,
    ) -> Result<V, LoadError> {
        let mut lives = lock(&self.lives);
        loop {
            match lives.get_mut(&image) {
                None => break,
                Some(Life::Changing) => lives = wait(&self.changed, lives, None),
                Some(Life::Loaded { users, version }) => {
                    *users += 1;
                    return Ok(version.clone());
                }
            }
        }
        let mut change = self.change(lives, image);
        let version = load()?;
        change.outcome = Some(Life::Loaded {
            users: 1,
            version: version.clone(),
        });
        Ok(version)
    }

    /// No longer uses the image; the last user has it terminated by `terminate`, which answers
    /// whether the image goes. Answers whether this user is out: false only where `terminate` says
    /// so.
    pub(super) fn leave(&self, image: ImageKey, terminate: impl FnOnce() -> bool) -> bool {
        let mut lives = lock(&self.lives);
        let version = match lives.get_mut(&image) {
            Some(Life::Loaded { users, version }) if *users == 1 => version.clone(),
            Some(Life::Loaded { users, .. }) => {
                *users -= 1;
                return true;
            }
            // A user is inside, so nobody else can be changing it.
            Some(Life::Changing) | None => return true,
        };
        let mut change = self.change(lives, image);
        let gone = terminate();
        change.outcome = (!gone).then_some(Life::Loaded { users: 1, version });
        gone
    }

    /// From now on the caller changes the image, without the lock.
    fn change(&self, mut lives: MutexGuard<'_, Lives<V>>, image: ImageKey) -> Change<'_, V> {
        lives.insert(image, Life::Changing);
        Change {
            images: self,
            image,
            outcome: None,
        }
    }
}

/// Ends a change whatever happens in it: behind one that panics the image is not loaded.
struct Change<'a, V> {
    images: &'a ImageLives<V>,
    image: ImageKey,
    outcome: Option<Life<V>>,
}

impl<V> Drop for Change<'_, V> {
    fn drop(&mut self) {
        let mut lives = lock(&self.images.lives);
        match self.outcome.take() {
            Some(life) => lives.insert(self.image, life),
            None => lives.remove(&self.image),
        };
        self.images.changed.notify_all();
    }
}

#[cfg(all(test, not(isapi_loom)))]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;

    use super::*;

    const IMAGE: ImageKey = ImageKey {
        version: 1,
        proc: 2,
        terminate: None,
    };

    fn in_use() -> ImageLives<u32> {
        let lives = ImageLives::new();
        assert_eq!(lives.enter(IMAGE, || Ok(7)).unwrap(), 7);
        lives
    }

    #[test]
    fn only_the_first_user_loads_and_only_the_last_terminates() {
        let lives = in_use();
        let version = lives.enter(IMAGE, || panic!("loaded twice"));
        assert_eq!(version.unwrap(), 7);
        assert!(lives.leave(IMAGE, || panic!("terminated while in use")));
        let mut terminated = false;
        assert!(lives.leave(IMAGE, || {
            terminated = true;
            true
        }));
        assert!(terminated);
        assert_eq!(lives.enter(IMAGE, || Ok(8)).unwrap(), 8);
    }

    #[test]
    fn an_image_that_refuses_to_go_stays_loaded() {
        let lives = in_use();
        assert!(!lives.leave(IMAGE, || false));
        assert_eq!(lives.enter(IMAGE, || panic!("loaded twice")).unwrap(), 7);
    }

    #[test]
    fn after_a_failed_load_the_next_user_tries_again() {
        let lives = ImageLives::new();
        let refused = || Err(LoadError::Unsupported("no".into()));
        assert!(lives.enter(IMAGE, refused).is_err());
        assert_eq!(lives.enter(IMAGE, || Ok(7)).unwrap(), 7);
    }

    #[test]
    fn after_a_load_that_panicked_the_next_user_tries_again() {
        let lives = Arc::new(ImageLives::new());
        let panicking = Arc::clone(&lives);
        let load = thread::spawn(move || panicking.enter(IMAGE, || panic!("on purpose")));
        assert!(load.join().is_err());

        let (tell, told) = mpsc::channel();
        thread::spawn(move || tell.send(lives.enter(IMAGE, || Ok(7)).ok()));
        assert_eq!(told.recv_timeout(Duration::from_secs(30)), Ok(Some(7)));
    }

    #[test]
    fn a_second_user_waits_for_the_load_of_the_first() {
        let lives = ImageLives::new();
        thread::scope(|scope| {
            let (started, starts) = mpsc::channel();
            let (go, goes) = mpsc::channel();
            let lives = &lives;
            scope.spawn(move || {
                lives.enter(IMAGE, || {
                    started.send(()).unwrap();
                    goes.recv().unwrap();
                    Ok(7)
                })
            });
            starts.recv().unwrap();
            let second = scope.spawn(|| lives.enter(IMAGE, || panic!("loaded twice")));
            go.send(()).unwrap();
            assert_eq!(second.join().unwrap().unwrap(), 7);
        });
    }
}
