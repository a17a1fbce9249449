//! `HSE_REQ_EXEC_URL` and `HSE_REQ_EXEC_UNICODE_URL` with every pointer, flag and length.
#![cfg(unix)]

use std::ffi::c_void;
use std::ptr;

use isapi_abi::*;
use isapi_guard_pages::{Ecb, Edge, Host, Memory};

const NOT_SUPPORTED: u32 = 50;
const INVALID_PARAMETER: u32 = 87;

const KNOWN: [u32; 6] = [
    HSE_EXEC_URL_NO_HEADERS,
    HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR,
    HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE,
    HSE_EXEC_URL_DISABLE_CUSTOM_ERROR,
    HSE_EXEC_URL_SSI_CMD,
    HSE_EXEC_URL_HTTP_CACHE_ELIGIBLE,
];

/// The two codes, whose structures differ in the encoding of two texts.
const CODES: [u32; 2] = [HSE_REQ_EXEC_URL, HSE_REQ_EXEC_UNICODE_URL];

/// The texts of a child; `None` is null.
#[derive(Clone, Copy, Debug)]
struct Child {
    url: Option<&'static str>,
    method: Option<&'static str>,
    headers: Option<&'static str>,
    user: Option<User>,
    entity: Option<Entity>,
    flags: u32,
}

#[derive(Clone, Copy, Debug)]
struct User {
    has_token: bool,
    name: Option<&'static str>,
    auth_type: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
struct Entity {
    length: u32,
    data: Option<&'static [u8]>,
}

/// A child that does nothing. Its URL has a query, for which no closure waits.
const CHILD: Child = Child {
    url: Some("/test.dll/child?child"),
    method: None,
    headers: None,
    user: None,
    entity: None,
    flags: 0,
};

/// The structures and the texts, each in memory of its own.
#[derive(Default)]
struct Arguments {
    info: Memory,
    url: Memory,
    method: Memory,
    headers: Memory,
    user: Memory,
    name: Memory,
    auth_type: Memory,
    entity: Memory,
    data: Memory,
}

impl Arguments {
    /// Executes a child whose structures and texts all lie at this edge.
    fn execute(&mut self, ecb: Ecb, code: u32, edge: Edge, child: Child) -> Result<(), u32> {
        let is_wide = code == HSE_REQ_EXEC_UNICODE_URL;
        let narrow = |memory: &mut Memory, text: Option<&str>| -> *mut c_void {
            text.map_or(ptr::null_mut(), |text| {
                memory.put(edge, &[text.as_bytes(), b"\0"].concat())
            })
        };
        let either = |memory: &mut Memory, text: Option<&str>| -> *mut c_void {
            let Some(text) = text.filter(|_| is_wide) else {
                return narrow(memory, text);
            };
            let units: Vec<u8> = text
                .encode_utf16()
                .chain([0])
                .flat_map(u16::to_ne_bytes)
                .collect();
            memory.put(edge, &units)
        };
        // Both structures have the same layout; only the types of two pointers differ.
        let user = child.user.map(|user| HSE_EXEC_URL_USER_INFO {
            hImpersonationToken: if user.has_token {
                self.user.forbidden()
            } else {
                ptr::null_mut()
            },
            pszCustomUserName: either(&mut self.name, user.name).cast(),
            pszCustomAuthType: narrow(&mut self.auth_type, user.auth_type).cast(),
        });
        let entity = child.entity.map(|entity| HSE_EXEC_URL_ENTITY_INFO {
            cbAvailable: entity.length,
            lpbData: entity
                .data
                .map_or(ptr::null_mut(), |data| self.data.put(edge, data)),
        });
        let info = HSE_EXEC_URL_INFO {
            pszUrl: either(&mut self.url, child.url).cast(),
            pszMethod: narrow(&mut self.method, child.method).cast(),
            pszChildHeaders: narrow(&mut self.headers, child.headers).cast(),
            pUserInfo: user.map_or(ptr::null_mut(), |user| self.user.put_value(edge, user)),
            pEntity: entity.map_or(ptr::null_mut(), |entity| {
                self.entity.put_value(edge, entity)
            }),
            dwExecUrlFlags: child.flags,
        };
        let unused = self.info.forbidden();
        let place = self.info.put_value(edge, info).cast();
        // SAFETY: a filled structure; the other pointers are not used.
        let answer = unsafe { ecb.support(code, place, unused, unused) };
        for memory in [
            &self.info,
            &self.url,
            &self.method,
            &self.headers,
            &self.user,
            &self.name,
            &self.auth_type,
            &self.entity,
            &self.data,
        ] {
            memory.assert_intact();
        }
        answer
    }
}

/// What is said of the last child.
fn status(ecb: Ecb, edge: Edge) -> u16 {
    let mut memory = Memory::new();
    let place = memory.put_empty(edge, size_of::<HSE_EXEC_URL_STATUS>());
    let unused = memory.forbidden();
    // SAFETY: there is room for the structure; the other pointers are not used.
    let answer = unsafe { ecb.support(HSE_REQ_GET_EXEC_URL_STATUS, place, unused, unused) };
    assert_eq!(answer, Ok(()));
    memory.assert_intact();
    let [first, second, ..] = *memory.content() else {
        unreachable!("the structure has eight bytes");
    };
    u16::from_ne_bytes([first, second])
}

/// Executes children one after the other, and asserts what is answered.
#[track_caller]
fn execute(children: Vec<Child>, expected: Result<(), u32>) {
    Host::new().run(move |ecb| {
        let completions = ecb.completions();
        let mut arguments = Arguments::default();
        for child in children {
            for code in CODES {
                for edge in Edge::ALL {
                    let answer = arguments.execute(ecb, code, edge, child);
                    assert_eq!(answer, expected, "{code}, {edge:?}, {child:?}");
                    if answer.is_ok() {
                        completions.next();
                        assert_ne!(status(ecb, edge), 0, "{child:?}");
                    }
                    completions.assert_none();
                }
            }
        }
    });
}

#[test]
fn every_combination_of_what_may_be_null_is_accepted() {
    let user = User {
        has_token: false,
        name: None,
        auth_type: None,
    };
    let users = [
        None,
        Some(user),
        Some(User {
            name: Some("gr\u{fc}n"),
            ..user
        }),
        Some(User {
            auth_type: Some("Custom"),
            ..user
        }),
        Some(User {
            name: Some("name"),
            auth_type: Some(""),
            ..user
        }),
    ];
    let entity = |length, data| Some(Entity { length, data });
    let entities = [
        None,
        entity(0, None),
        entity(0, Some(&b""[..])),
        entity(3, Some(b"abc")),
        entity(1, Some(b"a")),
    ];
    let mut children = Vec::new();
    for url in [None, CHILD.url, Some("/nowhere/gr\u{fc}n")] {
        for method in [None, Some("POST")] {
            for headers in [None, Some("X-Name: value\r\n"), Some("")] {
                for user in users {
                    children.extend(entities.map(|entity| Child {
                        url,
                        method,
                        headers,
                        user,
                        entity,
                        ..CHILD
                    }));
                }
            }
        }
    }
    execute(children, Ok(()));
}

#[test]
fn every_combination_of_known_flags_is_accepted() {
    let flags = |number: u32| {
        let chosen = KNOWN.iter().enumerate();
        let chosen = chosen.filter(|(index, _)| number & (1 << index) != 0);
        chosen.fold(0, |flags, (_, flag)| flags | flag)
    };
    let children = (0..1 << KNOWN.len()).map(|number| Child {
        flags: flags(number),
        ..CHILD
    });
    execute(children.collect(), Ok(()));
}

#[test]
fn unknown_flags_are_refused_before_a_text_is_read() {
    Host::new().run(|ecb| {
        let mut memory = Memory::new();
        let known = KNOWN.iter().fold(0, |flags, flag| flags | flag);
        let unknown = (0..32).map(|bit| 1 << bit).filter(|bit| bit & known == 0);
        let completions = ecb.completions();
        for flags in unknown.flat_map(|bit| [bit, bit | known]).chain([u32::MAX]) {
            for code in CODES {
                for edge in Edge::ALL {
                    let info = HSE_EXEC_URL_INFO {
                        pszUrl: memory.forbidden(),
                        pszMethod: memory.forbidden(),
                        pszChildHeaders: memory.forbidden(),
                        pUserInfo: ptr::null_mut(),
                        pEntity: ptr::null_mut(),
                        dwExecUrlFlags: flags,
                    };
                    let unused = memory.forbidden();
                    let place = memory.put_value(edge, info).cast();
                    // SAFETY: with unknown flags no text is read.
                    let answer = unsafe { ecb.support(code, place, unused, unused) };
                    assert_eq!(answer, Err(INVALID_PARAMETER), "{flags:#x}");
                    memory.assert_intact();
                }
            }
        }
        for code in CODES {
            let (none, unused) = (ptr::null_mut(), memory.forbidden());
            // SAFETY: null pointers are allowed.
            let answer = unsafe { ecb.support(code, none, unused, unused) };
            assert_eq!(answer, Err(INVALID_PARAMETER), "{code}");
        }
        completions.assert_none();
    });
}

#[test]
fn texts_that_mean_nothing_are_refused() {
    let with_url = |url| Child {
        url: Some(url),
        ..CHILD
    };
    let with_method = |method| Child {
        method: Some(method),
        ..CHILD
    };
    let with_headers = |headers| Child {
        headers: Some(headers),
        ..CHILD
    };
    let with_user = |name, auth_type| Child {
        user: Some(User {
            has_token: false,
            name,
            auth_type,
        }),
        ..CHILD
    };
    let with_entity = |length| Child {
        entity: Some(Entity { length, data: None }),
        ..CHILD
    };
    let urls = ["", "relative", "/../outside", "/%zz", "/a#b", "/a\tb"].map(with_url);
    let methods = ["", "G ET", "GET\r\n", "\u{fc}"].map(with_method);
    let headers = ["no colon", ": value", "a b: c", "A: b\r\n\r\nrest"].map(with_headers);
    let users = [
        with_user(Some("a\nb"), None),
        with_user(None, Some("a\rb")),
        with_user(Some("\u{85}"), Some("Custom")),
    ];
    let entities = [1, 4000, u32::MAX].map(with_entity);
    let children = [&urls[..], &methods, &headers, &users, &entities].concat();
    execute(children, Err(INVALID_PARAMETER));
}

#[test]
fn a_token_is_not_followed_and_not_supported() {
    let child = Child {
        user: Some(User {
            has_token: true,
            name: Some("name"),
            auth_type: Some("Custom"),
        }),
        ..CHILD
    };
    execute(vec![child], Err(NOT_SUPPORTED));
}

#[test]
fn a_child_needs_a_completion_routine() {
    Host::new().run(|ecb| {
        let mut arguments = Arguments::default();
        for code in CODES {
            for edge in Edge::ALL {
                let answer = arguments.execute(ecb, code, edge, CHILD);
                assert_eq!(answer, Err(INVALID_PARAMETER), "{code}");
            }
        }
    });
}
