//! Apache httpd with the event module, ours, and the one that lets requests in.

use std::process::Command;

use crate::workspace::write;

use super::super::Setup;
use super::super::build::create;
use super::{Kind, Server, free_address, start_at};

pub(super) fn start(setup: &Setup) -> Result<Server, String> {
    let folder = setup.folder.join("apache");
    create(&folder)?;
    let address = free_address()?;
    // Apache refuses to serve as root.
    let user = match setup.is_root {
        true => "User www-data\nGroup www-data",
        false => "",
    };
    let text = format!(
        r#"ServerRoot "{folder}"
ServerName 127.0.0.1
Listen {address}
PidFile "{folder}/httpd.pid"
DefaultRuntimeDir "{folder}"
Mutex posixsem
ErrorLog "/dev/stderr"
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule bench_hello_module "{module}"
{user}
KeepAlive On
MaxKeepAliveRequests 0
StartServers 2
ServerLimit 4
ThreadsPerChild 64
MaxRequestWorkers 256
<Location "/hello">
    SetHandler bench-hello
</Location>
"#,
        folder = folder.display(),
        module = setup.programs.apache_module.display(),
    );
    let file = folder.join("httpd.conf");
    write(&file, &text)?;
    let mut command = Command::new(crate::tools::APACHE_PROGRAM);
    command.args(["-D", "FOREGROUND", "-f"]).arg(&file);
    start_at(setup, Kind::Apache, &command, address)
}
