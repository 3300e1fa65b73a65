##! Headers of HTTP that tell something about clients and servers.

@load ./main
@load base/protocols/http

module PassiveRecon;

# Headers of requests that are about the client, and those that are about the server. Credentials are about both.
const client_headers: set[string] = {
	"USER-AGENT", "X-FLASH-VERSION", "ACCEPT-LANGUAGE", "AUTHORIZATION", "PROXY-AUTHORIZATION",
	"X-FORWARDED-FOR", "VIA",
};
const client_headers_server: set[string] = { "HOST", "AUTHORIZATION", "PROXY-AUTHORIZATION" };

# Headers of answers.
const server_headers: set[string] = {
	"SERVER", "X-SERVER", "X-POWERED-BY", "VIA", "X-GENERATOR", "WWW-AUTHENTICATE", "PROXY-AUTHENTICATE",
	"MICROSOFTSHAREPOINTTEAMSERVICES",
};

event http_header(c: connection, is_orig: bool, original_name: string, name: string, value: string)
	{
	if ( ! is_orig )
		{
		if ( name in server_headers )
			about_server(c, HTTP_SERVER_HEADER, name, value);

		return;
		}

	if ( name in client_headers )
		about_client(c, HTTP_CLIENT_HEADER, name, value);

	if ( name in client_headers_server )
		about_server(c, HTTP_CLIENT_HEADER_SERVER, name, value);
	}

event http_request(c: connection, method: string, original_URI: string, unescaped_URI: string, version: string)
	{
	if ( c$id$resp_h in HONEYPOTS )
		about_client(c, HTTP_HONEYPOT_REQUEST, method + "-" + version + "-" + port_text(c$id$resp_p),
		             original_URI);
	}
