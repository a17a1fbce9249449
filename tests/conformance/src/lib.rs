//! What a host must do, one file per behaviour, over real HTTP.
