##! What NTLM and SMB tell about hosts. Values are lists of "Key:base64,Key:base64", since the texts are free.

@load ./main
@load base/protocols/ntlm
@load base/protocols/smb

module PassiveRecon;

# Services of a connection that NTLM is part of anyway.
const wrappers: set[string] = { "GSSAPI", "NTLM" };

# The transport and the services that the messages were in: "tcp-DCE_RPC-SMB".
function services(c: connection): string
	{
	local names: vector of string = vector();

	for ( name in c$service )
		{
		# Zeek marks services that were given up with a dash.
		if ( name !in wrappers && /^-/ !in name )
			names += name;
		}

	return fmt("%s-%s", get_port_transport_proto(c$id$resp_p), join_string_vec(sort(names, strcmp), "-"));
	}

function item(key: string, text: string): string
	{
	return key + ":" + encode_base64(text);
	}

# The version of SMB that the message was in.
function protocol_items(c: connection): vector of string
	{
	local items: vector of string = vector();

	if ( c?$smb_state && c$smb_state?$current_cmd )
		items += item("Protocol", c$smb_state$current_cmd$version);

	return items;
	}

function version_items(v: NTLM::Version): vector of string
	{
	local items: vector of string = vector();

	items += item("Product_Version", fmt("%d.%d.%d", v$major, v$minor, v$build));
	items += fmt("NTLM_Version:%d", v$ntlmssp);
	return items;
	}

# The flags as they were sent ([MS-NLMP], section 2.2.2.5).
function flags_text(f: NTLM::NegotiateFlags): string
	{
	local n = 0;

	n += f$negotiate_unicode ? 0x00000001 : 0;
	n += f$negotiate_oem ? 0x00000002 : 0;
	n += f$request_target ? 0x00000004 : 0;
	n += f$negotiate_sign ? 0x00000010 : 0;
	n += f$negotiate_seal ? 0x00000020 : 0;
	n += f$negotiate_datagram ? 0x00000040 : 0;
	n += f$negotiate_lm_key ? 0x00000080 : 0;
	n += f$negotiate_ntlm ? 0x00000200 : 0;
	n += f$negotiate_anonymous_connection ? 0x00000800 : 0;
	n += f$negotiate_oem_domain_supplied ? 0x00001000 : 0;
	n += f$negotiate_oem_workstation_supplied ? 0x00002000 : 0;
	n += f$negotiate_always_sign ? 0x00008000 : 0;
	n += f$target_type_domain ? 0x00010000 : 0;
	n += f$target_type_server ? 0x00020000 : 0;
	n += f$negotiate_extended_sessionsecurity ? 0x00080000 : 0;
	n += f$negotiate_identify ? 0x00100000 : 0;
	n += f$request_non_nt_session_key ? 0x00400000 : 0;
	n += f$negotiate_target_info ? 0x00800000 : 0;
	n += f$negotiate_version ? 0x02000000 : 0;
	n += f$negotiate_128 ? 0x20000000 : 0;
	n += f$negotiate_key_exch ? 0x40000000 : 0;
	n += f$negotiate_56 ? 0x80000000 : 0;
	return fmt("ntlm-fingerprint:0x%08x", n);
	}

function join_items(items: vector of string): string
	{
	return join_string_vec(items, ",");
	}

event ntlm_negotiate(c: connection, negotiate: NTLM::Negotiate)
	{
	local items: vector of string = vector();

	about_client(c, NTLM_CLIENT_FLAGS, services(c), flags_text(negotiate$flags));

	if ( negotiate?$domain_name && negotiate$domain_name != "" )
		items += item("NetBIOS_Domain_Name", negotiate$domain_name);
	if ( negotiate?$workstation && negotiate$workstation != "" )
		items += item("Workstation", negotiate$workstation);
	if ( negotiate?$version )
		items += version_items(negotiate$version);

	items += protocol_items(c);

	if ( |items| > 0 )
		about_client(c, NTLM_NEGOTIATE, services(c), join_items(items));
	}

event ntlm_challenge(c: connection, challenge: NTLM::Challenge)
	{
	local items: vector of string = vector();

	about_server(c, NTLM_SERVER_FLAGS, services(c), flags_text(challenge$flags));

	if ( challenge?$target_name )
		items += item("Target_Name", challenge$target_name);

	if ( challenge?$target_info )
		{
		local info = challenge$target_info;

		if ( info?$nb_domain_name )
			items += item("NetBIOS_Domain_Name", info$nb_domain_name);
		if ( info?$nb_computer_name )
			items += item("NetBIOS_Computer_Name", info$nb_computer_name);
		if ( info?$dns_domain_name )
			items += item("DNS_Domain_Name", info$dns_domain_name);
		if ( info?$dns_computer_name )
			items += item("DNS_Computer_Name", info$dns_computer_name);
		if ( info?$dns_tree_name )
			items += item("DNS_Tree_Name", info$dns_tree_name);
		}

	if ( challenge?$version )
		items += version_items(challenge$version);

	items += protocol_items(c);

	if ( |items| > 0 )
		about_server(c, NTLM_CHALLENGE, services(c), join_items(items));
	}

event ntlm_authenticate(c: connection, request: NTLM::Authenticate)
	{
	local items: vector of string = vector();

	if ( request?$domain_name && request$domain_name != "" )
		items += item("NetBIOS_Domain_Name", request$domain_name);
	if ( request?$user_name && request$user_name != "" )
		items += item("User_Name", request$user_name);
	if ( request?$workstation && request$workstation != "" )
		items += item("Workstation", request$workstation);
	if ( request?$version )
		items += version_items(request$version);

	items += protocol_items(c);

	if ( |items| > 0 )
		about_client(c, NTLM_AUTHENTICATE, services(c), join_items(items));
	}

event smb1_session_setup_andx_request(c: connection, hdr: SMB1::Header, request: SMB1::SessionSetupAndXRequest)
	{
	local items: vector of string = vector();

	if ( request$native_os != "" )
		items += item("os", request$native_os);
	if ( request$native_lanman != "" )
		items += item("lanmanager", request$native_lanman);
	if ( request?$primary_domain && request$primary_domain != "" )
		items += item("domain", request$primary_domain);
	if ( request?$account_name && request$account_name != "" )
		items += item("account_name", request$account_name);
	if ( request?$account_password && request$account_password != "" )
		items += item("account_password", request$account_password);

	if ( |items| > 0 )
		about_client(c, SMB, services(c), join_items(items));
	}

event smb1_session_setup_andx_response(c: connection, hdr: SMB1::Header, response: SMB1::SessionSetupAndXResponse)
	{
	local items: vector of string = vector();

	if ( response?$native_os && response$native_os != "" )
		items += item("os", response$native_os);
	if ( response?$native_lanman && response$native_lanman != "" )
		items += item("lanmanager", response$native_lanman);
	if ( response?$primary_domain && response$primary_domain != "" )
		items += item("domain", response$primary_domain);
	if ( response?$is_guest )
		items += response$is_guest ? "is_guest:true" : "is_guest:false";

	if ( |items| > 0 )
		about_server(c, SMB, services(c), join_items(items));
	}

event smb2_session_setup_response(c: connection, hdr: SMB2::Header, response: SMB2::SessionSetupResponse)
	{
	# Before the last message of the authentication, the flags say nothing.
	if ( hdr$status == 0 )
		about_server(c, SMB, services(c), response$flags$guest ? "is_guest:true" : "is_guest:false");
	}
