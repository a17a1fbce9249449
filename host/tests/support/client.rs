//! A client that sends what it is told, byte for byte.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use super::PATIENCE;

/// One connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server accepts");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// Sends bytes. A server that has answered and closed already is no failure here.
    pub(crate) fn send(&mut self, raw: impl AsRef<[u8]>) {
        let _ = self.stream.get_mut().write_all(raw.as_ref());
    }

    /// Ends the sending side.
    pub(crate) fn finish_sending(&mut self) {
        self.stream.get_ref().shutdown(Shutdown::Write).unwrap();
    }

    /// Reads the response to a request whose response has a body.
    #[track_caller]
    pub(crate) fn receive(&mut self) -> Answer {
        self.receive_for("GET")
    }

    /// Reads the response to a request of this method.
    #[track_caller]
    pub(crate) fn receive_for(&mut self, method: &str) -> Answer {
        let mut answer = self.receive_head().expect("a response head");
        let bodyless = method == "HEAD" || matches!(answer.status, 100..200 | 204 | 304);
        if !bodyless {
            answer.body = self.receive_body(&answer).expect("a whole response body");
        }
        answer
    }

    fn receive_head(&mut self) -> io::Result<Answer> {
        let status_line = self.line()?;
        let mut words = status_line.splitn(3, ' ');
        let version = words.next().unwrap_or_default();
        assert!(
            version.starts_with("HTTP/1."),
            "no response but {status_line:?}"
        );
        let status = words
            .next()
            .unwrap_or_default()
            .parse()
            .expect("a status code");
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                assert_eq!(line, "", "a header line");
                return Ok(Answer {
                    status,
                    fields,
                    body: Vec::new(),
                });
            };
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn receive_body(&mut self, answer: &Answer) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if answer.field("transfer-encoding") == Some("chunked") {
            loop {
                let size = usize::from_str_radix(&self.line()?, 16).expect("a chunk size");
                let mut chunk = vec![0; size];
                self.stream.read_exact(&mut chunk)?;
                body.extend(chunk);
                assert_eq!(self.line()?, "", "the end of a chunk");
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        match answer.field("content-length") {
            Some(length) => {
                body.resize(length.parse().expect("a length"), 0);
                self.stream.read_exact(&mut body)?;
            }
            None => {
                self.stream.read_to_end(&mut body)?;
            }
        }
        Ok(body)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        if !line.ends_with("\r\n") {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.truncate(line.len() - 2);
        Ok(line)
    }

    /// Waits until the server closes the connection; returns what it sent before.
    pub(crate) fn read_to_close(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => rest,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => rest,
            Err(error) => panic!("the server did not close: {error}"),
        }
    }
}

/// A response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of the first field of this name, which is in lower case.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }
}
