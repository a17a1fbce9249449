#!/bin/sh
# Makes the certificates of the tests anew, in the folder of this script. They are good for 100 years.
set -eu
cd "$(dirname "$0")"
DAYS=36500

authority() { # file, name
    openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
    openssl req -x509 -new -key "$1.key" -days $DAYS -subj "/O=Example/CN=$2" -out "$1.pem" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

issue() { # file, authority, subject, serial number, extensions
    openssl req -new -key "$1.key" -utf8 -subj "$3" -out "$1.csr"
    printf '%s\n' "$5" > "$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -set_serial "$4" -days $DAYS \
        -extfile "$1.ext" -out "$1.pem"
    rm "$1.csr" "$1.ext"
}

SERVER="subjectAltName=DNS:localhost,IP:127.0.0.1
extendedKeyUsage=serverAuth"
CLIENT="extendedKeyUsage=clientAuth"

authority authority "Test Authority"
authority stranger-authority "Stranger"

openssl ecparam -name prime256v1 -genkey -noout -out server.key
issue server authority "/C=US/ST=Washington/O=Example, Inc./CN=localhost" 0x1000 "$SERVER"
openssl genrsa -out server-rsa.key 2048
issue server-rsa authority "/CN=localhost" 0x1001 "$SERVER"

openssl ecparam -name prime256v1 -genkey -noout -out client.key
issue client authority "/O=Example/OU=Clients/CN=Zoë" 0x00f48f31 "$CLIENT"
openssl ecparam -name prime256v1 -genkey -noout -out stranger.key
issue stranger stranger-authority "/O=Example/CN=Stranger" 0x1 "$CLIENT"

openssl pkcs8 -topk8 -in server.key -passout pass:secret -out encrypted.key
openssl ec -in server.key -aes128 -passout pass:secret -out encrypted-traditional.key

# Nothing more is issued by them.
rm authority.key stranger-authority.key stranger-authority.pem
