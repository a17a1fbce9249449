//! ImageServer: an asynchronous page and its image by TransmitFile, as a module file.
