//! ImageServer: an asynchronous page and its image by TransmitFile, as a module file.

isapi_sdk::export_extension!(sample_image_server::ImageServer);
