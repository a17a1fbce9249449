//! Extensions made of one function.

/// A host with an extension of its own that answers with what `$work` makes of the request.
#[macro_export]
macro_rules! answering {
    ($work:expr) => {{
        struct Answering;

        impl isapi_sdk::Extension for Answering {
            const DESCRIPTION: &'static str = "Answers with a text";

            fn load() -> Result<Answering, isapi_sdk::LoadFailure> {
                Ok(Answering)
            }

            fn handle(&self, request: isapi_sdk::Request<'_>) -> isapi_sdk::Status {
                let work: fn(&isapi_sdk::Request<'_>) -> String = $work;
                let text = work(&request);
                match request.write(text.as_bytes()) {
                    Ok(()) => isapi_sdk::Status::Success,
                    Err(_) => isapi_sdk::Status::Error,
                }
            }
        }

        isapi_sdk::testing::TestHost::load(isapi_sdk::entry!(Answering)).unwrap()
    }};
}

/// A host with an extension of its own that gives every request to `$work` as an `AsyncRequest`.
#[macro_export]
macro_rules! working_on {
    ($work:expr) => {{
        struct Working;

        impl isapi_sdk::Extension for Working {
            const DESCRIPTION: &'static str = "Works on";

            fn load() -> Result<Working, isapi_sdk::LoadFailure> {
                Ok(Working)
            }

            fn handle(&self, request: isapi_sdk::Request<'_>) -> isapi_sdk::Status {
                let work: fn(isapi_sdk::AsyncRequest) = $work;
                let (pending, request) = request.into_async();
                work(request);
                pending.into()
            }
        }

        isapi_sdk::testing::TestHost::load(isapi_sdk::entry!(Working)).unwrap()
    }};
}
