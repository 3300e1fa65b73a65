# The first data of each direction. The functions return F, so that no signature ever matches and they are called
# again; they look at the first call only.

signature passiverecon-tcp-client {
  ip-proto == tcp
  tcp-state established,originator
  payload /[\x00-\xff]/
  eval PassiveRecon::client_data
}

signature passiverecon-tcp-server {
  ip-proto == tcp
  tcp-state established,responder
  payload /[\x00-\xff]/
  eval PassiveRecon::server_data
}

signature passiverecon-udp-client {
  ip-proto == udp
  payload /[\x00-\xff]/
  eval PassiveRecon::client_datagram
}
