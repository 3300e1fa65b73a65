##! Versions, algorithms and host keys of SSH.

@load ./main
@load base/protocols/ssh

module PassiveRecon;

event ssh_client_version(c: connection, version: string)
	{
	about_client(c, SSH_CLIENT, "", version);
	}

event ssh_server_version(c: connection, version: string)
	{
	about_server(c, SSH_SERVER, "", version);
	}

# The algorithms that a side offers for what it sends.
function own_direction(prefs: SSH::Algorithm_Prefs, is_server: bool): vector of string
	{
	local names: vector of string = vector();

	if ( is_server && prefs?$server_to_client )
		names = prefs$server_to_client;
	else if ( ! is_server && prefs?$client_to_server )
		names = prefs$client_to_server;

	return names;
	}

function report_algorithms(c: connection, is_server: bool, source: string, names: vector of string)
	{
	if ( is_server )
		about_server(c, SSH_SERVER_ALGOS, source, join_string_vec(names, " "));
	else
		about_client(c, SSH_CLIENT_ALGOS, source, join_string_vec(names, " "));
	}

event ssh_capabilities(c: connection, cookie: string, capabilities: SSH::Capabilities)
	{
	local is_server = capabilities$is_server;
	local encryption = own_direction(capabilities$encryption_algorithms, is_server);
	local mac = own_direction(capabilities$mac_algorithms, is_server);
	local compression = own_direction(capabilities$compression_algorithms, is_server);

	report_algorithms(c, is_server, "kex_algorithms", capabilities$kex_algorithms);
	report_algorithms(c, is_server, "server_host_key_algorithms", capabilities$server_host_key_algorithms);
	report_algorithms(c, is_server, "encryption_algorithms", encryption);
	report_algorithms(c, is_server, "mac_algorithms", mac);
	report_algorithms(c, is_server, "compression_algorithms", compression);

	# The text that HASSH is the MD5 of; the importer computes it.
	local text = join_string_vec(capabilities$kex_algorithms, ",") + ";" + join_string_vec(encryption, ",") + ";" +
	             join_string_vec(mac, ",") + ";" + join_string_vec(compression, ",");

	if ( is_server )
		about_server(c, SSH_SERVER_HASSH, "hassh-v1.1", text);
	else
		about_client(c, SSH_CLIENT_HASSH, "hassh-v1.1", text);
	}

event ssh2_server_host_key(c: connection, key: string)
	{
	about_server(c, SSH_SERVER_HOSTKEY, "SSHv2", key);
	}

event ssh1_server_host_key(c: connection, modulus: string, exponent: string)
	{
	about_server(c, SSH_SERVER_HOSTKEY, "SSHv1", exponent + " " + modulus);
	}
