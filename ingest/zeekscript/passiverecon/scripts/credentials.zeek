##! Names and passwords of FTP and POP3.

@load ./main
@load base/protocols/ftp
@load base/protocols/pop3

module PassiveRecon;

const credential_commands: set[string] = { "USER", "PASS" };

event ftp_request(c: connection, command: string, arg: string)
	{
	local name = to_upper(command);

	if ( name !in credential_commands )
		return;

	about_client(c, FTP_CLIENT, name, arg);
	about_server(c, FTP_SERVER, name, arg);
	}

event pop3_request(c: connection, is_orig: bool, command: string, arg: string)
	{
	local name = to_upper(command);

	if ( name !in credential_commands )
		return;

	about_client(c, POP_CLIENT, name, arg);
	about_server(c, POP_SERVER, name, arg);
	}
