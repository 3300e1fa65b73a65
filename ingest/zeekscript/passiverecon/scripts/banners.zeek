##! Open ports, and the first data that clients and servers send.

@load ./main
@load-sigs ./banners.sig

module PassiveRecon;

export {
	## Called by the signatures with the first data of each direction. They return F: nothing else is to happen.
	global client_data: function(state: signature_state, data: string): bool;
	global server_data: function(state: signature_state, data: string): bool;
	global client_datagram: function(state: signature_state, data: string): bool;
}

# What other scripts report: hellos of TLS and of SSL 2, requests of HTTP, versions of SSH.
const reported_elsewhere =
	/^\x16\x03[\x00-\x04]/ |
	/^[\x80-\xff][\x00-\xff]\x01\x00\x02/ |
	/^[A-Za-z]+ [^\x0d\x0a]* HTTP\/[0-9]/ |
	/^SSH-[0-9]/;

function client_data(state: signature_state, data: string): bool
	{
	local c = state$conn;
	local s = state_of(c);

	if ( s$client_data || |data| == 0 )
		return F;

	s$client_data = T;

	if ( c$id$resp_h in HONEYPOTS )
		{
		s$hit = T;
		about_client(c, TCP_HONEYPOT_HIT, port_text(c$id$resp_p), data);
		}
	else if ( reported_elsewhere !in data )
		about_client(c, TCP_CLIENT_BANNER, port_text(c$id$resp_p), data);

	return F;
	}

function server_data(state: signature_state, data: string): bool
	{
	local c = state$conn;
	local s = state_of(c);

	if ( s$server_data || |data| == 0 )
		return F;

	s$server_data = T;

	# An answer to the client says more about the question.
	if ( ! s$client_data )
		about_server(c, TCP_SERVER_BANNER, "", data);

	return F;
	}

event connection_established(c: connection)
	{
	about_server(c, OPEN_PORT, "TCP", port_text(c$id$resp_p));
	}
