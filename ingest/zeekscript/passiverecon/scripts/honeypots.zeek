##! What honeypots are sent. The data of TCP connections is in banners, the requests of DNS and HTTP in dns and http.

@load ./main
@load ./banners

module PassiveRecon;

# The header of a STUN message with its magic cookie (RFC 8489, section 5): two zero bits, type, length, cookie.
const stun_message = /^[\x00-\x3f][\x00-\xff]{3}\x21\x12\xa4\x42/;

function client_datagram(state: signature_state, data: string): bool
	{
	local c = state$conn;

	if ( ! state$is_orig || c$id$resp_h !in HONEYPOTS || |data| == 0 )
		return F;

	local s = state_of(c);

	if ( s$hit )
		return F;

	s$hit = T;

	if ( stun_message in data )
		about_client(c, STUN_HONEYPOT_REQUEST, port_text(c$id$resp_p), data);
	else
		about_client(c, UDP_HONEYPOT_HIT, port_text(c$id$resp_p), data);

	return F;
	}

# Connections on which nothing was sent, those that were not even established included.
event connection_state_remove(c: connection)
	{
	if ( c$id$resp_h !in HONEYPOTS || get_port_transport_proto(c$id$resp_p) != tcp )
		return;

	# Without a SYN of the client, it may be an answer to someone who forged the honeypot's address.
	if ( /S/ !in c$history || state_of(c)$hit )
		return;

	about_client(c, TCP_HONEYPOT_HIT, port_text(c$id$resp_p), "");
	}
