##! Fingerprints and certificates of TLS and DTLS. Fingerprints are logged as the texts that JA3, JA3S and JA4 are the
##! hashes of.

@load ./main
@load base/protocols/ssl
@load base/files/x509

module PassiveRecon;

export {
	## What the hellos of a connection have said so far. Extensions come before the hello that they are in.
	type Hellos: record {
		client_done: bool &default=F;
		server_done: bool &default=F;
		client_extensions: vector of count &default=vector();
		server_extensions: vector of count &default=vector();
		curves: vector of count &default=vector();
		point_formats: vector of count &default=vector();
		signatures: vector of string &default=vector();
		versions: vector of count &default=vector();
		alpn: string &default="";
		## The text of the client's JA3.
		ja3: string &default="UNKNOWN";
	};
}

redef record State += {
	hellos: Hellos &optional;
};

# The events of certificates that were seen often are not raised again by default.
@ifdef ( X509::caching_required_encounters )
redef X509::caching_required_encounters = 0;
@endif

# Values without a meaning that clients send to keep servers tolerant (RFC 8701).
const grease: set[count] = {
	0x0a0a, 0x1a1a, 0x2a2a, 0x3a3a, 0x4a4a, 0x5a5a, 0x6a6a, 0x7a7a,
	0x8a8a, 0x9a9a, 0xaaaa, 0xbaba, 0xcaca, 0xdada, 0xeaea, 0xfafa,
};

const ja4_versions: table[count] of string = {
	[0x0002] = "s2",
	[0x0300] = "s3",
	[0x0301] = "10",
	[0x0302] = "11",
	[0x0303] = "12",
	[0x0304] = "13",
	[0xfeff] = "d1",
	[0xfefd] = "d2",
	[0xfefc] = "d3",
} &default="00";

const extension_server_name = 0;
const extension_alpn = 16;

function hellos_of(c: connection): Hellos
	{
	local s = state_of(c);

	if ( ! s?$hellos )
		s$hellos = Hellos();

	return s$hellos;
	}

# Decimal numbers without GREASE, joined by dashes.
function ja3_list(values: vector of count): string
	{
	local texts: vector of string = vector();

	for ( i in values )
		{
		if ( values[i] !in grease )
			texts += cat(values[i]);
		}

	return join_string_vec(texts, "-");
	}

# Four hexadecimal digits each, without GREASE.
function ja4_list(values: vector of count): vector of string
	{
	local texts: vector of string = vector();

	for ( i in values )
		{
		if ( values[i] !in grease )
			texts += fmt("%04x", values[i]);
		}

	return texts;
	}

# The newest version that the client offers. Those of DTLS count down.
function offered_version(version: count, offered: vector of count): count
	{
	local newest = 0;

	for ( i in offered )
		{
		local v = offered[i];

		if ( v in grease )
			next;

		if ( newest == 0 || (v >= 0xfe00 && v < newest) || (v < 0xfe00 && v > newest) )
			newest = v;
		}

	return newest == 0 ? version : newest;
	}

# The first and the last character of the first protocol, in hexadecimal if they are no letters and digits.
function alpn_chars(protocol: string): string
	{
	if ( |protocol| == 0 )
		return "00";

	local ends = sub_bytes(protocol, 1, 1) + sub_bytes(protocol, |protocol|, 1);

	if ( /[0-9A-Za-z]{2}/ == ends )
		return ends;

	local hex = bytestring_to_hexstr(protocol);

	return sub_bytes(hex, 1, 1) + sub_bytes(hex, |hex|, 1);
	}

function ja4_transport(c: connection, version: count): string
	{
	if ( get_port_transport_proto(c$id$resp_p) == tcp )
		return "t";

	return version >= 0xfe00 ? "?" : "q";
	}

function at_most_99(n: count): count
	{
	return n > 99 ? 99 : n;
	}

function ja4_text(c: connection, h: Hellos, version: count, ciphers: vector of count): string
	{
	local newest = offered_version(version, h$versions);
	local cipher_texts = ja4_list(ciphers);
	local extension_texts = ja4_list(h$client_extensions);
	local listed: vector of count = vector();
	local named = "i";

	for ( i in h$client_extensions )
		{
		local code = h$client_extensions[i];

		if ( code == extension_server_name )
			named = "d";
		else if ( code != extension_alpn )
			listed += code;
		}

	local text = fmt("%s%s%s%02d%02d%s", ja4_transport(c, newest), ja4_versions[newest], named,
	                 at_most_99(|cipher_texts|), at_most_99(|extension_texts|), alpn_chars(h$alpn));

	text += "_" + join_string_vec(sort(cipher_texts, strcmp), ",");
	text += "_" + join_string_vec(sort(ja4_list(listed), strcmp), ",");

	if ( |h$signatures| > 0 )
		text += "_" + join_string_vec(h$signatures, ",");

	return text;
	}

event ssl_extension(c: connection, is_client: bool, code: count, val: string)
	{
	local h = hellos_of(c);

	if ( is_client && ! h$client_done )
		h$client_extensions += code;
	else if ( ! is_client && ! h$server_done )
		h$server_extensions += code;
	}

event ssl_extension_elliptic_curves(c: connection, is_client: bool, curves: index_vec)
	{
	local h = hellos_of(c);

	if ( is_client && ! h$client_done )
		h$curves = curves;
	}

event ssl_extension_ec_point_formats(c: connection, is_client: bool, point_formats: index_vec)
	{
	local h = hellos_of(c);

	if ( is_client && ! h$client_done )
		h$point_formats = point_formats;
	}

event ssl_extension_signature_algorithm(c: connection, is_client: bool, signature_algorithms: signature_and_hashalgorithm_vec)
	{
	local h = hellos_of(c);

	if ( ! is_client || h$client_done )
		return;

	h$signatures = vector();

	for ( i in signature_algorithms )
		{
		local value = signature_algorithms[i]$HashAlgorithm * 256 + signature_algorithms[i]$SignatureAlgorithm;

		if ( value !in grease )
			h$signatures += fmt("%04x", value);
		}
	}

event ssl_extension_supported_versions(c: connection, is_client: bool, versions: index_vec)
	{
	local h = hellos_of(c);

	if ( is_client && ! h$client_done )
		h$versions = versions;
	}

event ssl_extension_application_layer_protocol_negotiation(c: connection, is_client: bool, protocols: string_vec)
	{
	local h = hellos_of(c);

	if ( is_client && ! h$client_done && |protocols| > 0 )
		h$alpn = protocols[0];
	}

event ssl_client_hello(c: connection, version: count, record_version: count, possible_ts: time, client_random: string, session_id: string, ciphers: index_vec, comp_methods: index_vec)
	{
	local h = hellos_of(c);

	if ( h$client_done )
		return;

	h$client_done = T;
	h$ja3 = cat(version) + "," + ja3_list(ciphers) + "," + ja3_list(h$client_extensions) + "," +
	        ja3_list(h$curves) + "," + ja3_list(h$point_formats);
	about_client(c, SSL_CLIENT, "ja3", h$ja3);
	about_client(c, SSL_CLIENT, "ja4", ja4_text(c, h, version, ciphers));
	}

event ssl_server_hello(c: connection, version: count, record_version: count, possible_ts: time, server_random: string, session_id: string, cipher: count, comp_method: count)
	{
	local h = hellos_of(c);

	if ( h$server_done )
		return;

	h$server_done = T;
	about_server(c, SSL_SERVER, "ja3-" + h$ja3,
	             cat(version) + "," + cat(cipher) + "," + ja3_list(h$server_extensions));
	}

event x509_certificate(f: fa_file, cert_ref: opaque of x509, cert: X509::Certificate)
	{
	if ( f$source != "SSL" || ! f?$conns )
		return;

	# Zeek gives the first certificate of a chain another type than those of the authorities.
	local is_first = f?$info && f$info?$mime_type && f$info$mime_type == "application/x-x509-user-cert";
	local source = is_first ? "cert" : "cacert";
	local value = encode_base64(x509_get_certificate_string(cert_ref));

	for ( id in f$conns )
		{
		if ( f?$is_orig && f$is_orig )
			about_client(f$conns[id], SSL_CLIENT, source, value);
		else
			about_server(f$conns[id], SSL_SERVER, source, value);
		}
	}
