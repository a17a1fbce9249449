//! ImageServer: an asynchronous page and its image by TransmitFile.
