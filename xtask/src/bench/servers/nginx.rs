//! nginx as Debian configures it, but for its own folder, without an access log.

use std::process::Command;

use crate::workspace::write;

use super::super::Setup;
use super::super::build::create;
use super::{Kind, Server, free_address, start_at};

pub(super) fn start(setup: &Setup) -> Result<Server, String> {
    let folder = setup.folder.join("nginx");
    create(&folder)?;
    let address = free_address()?;
    let user = if setup.is_root { "user root;" } else { "" };
    let files = setup.files();
    let text = format!(
        r#"{user}
daemon off;
worker_processes auto;
pid nginx.pid;
error_log stderr;
events {{
    worker_connections 4096;
}}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    default_type application/octet-stream;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen {address};
        location = /hello {{
            default_type "text/plain; charset=utf-8";
            return 200 "Hello from ISAPI\n";
        }}
        location /files/ {{
            alias "{}/";
        }}
    }}
}}
"#,
        files.display()
    );
    let file = folder.join("nginx.conf");
    write(&file, &text)?;
    let mut command = Command::new(crate::tools::NGINX_PROGRAM);
    command.arg("-p").arg(&folder).arg("-c").arg(&file);
    command.args(["-e", "stderr"]);
    start_at(setup, Kind::Nginx, &command, address)
}
