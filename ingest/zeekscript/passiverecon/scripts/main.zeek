##! The log of passive observations: its columns, the kinds of observations, and how the other scripts write them.

@load base/frameworks/logging

module PassiveRecon;

export {
	redef enum Log::ID += { LOG };

	## What an observation is about.
	type Type: enum {
		UNKNOWN,
		HTTP_CLIENT_HEADER,
		HTTP_CLIENT_HEADER_SERVER,
		HTTP_SERVER_HEADER,
		HTTP_HONEYPOT_REQUEST,
		SSH_CLIENT,
		SSH_SERVER,
		SSH_CLIENT_ALGOS,
		SSH_SERVER_ALGOS,
		SSH_SERVER_HOSTKEY,
		SSH_CLIENT_HASSH,
		SSH_SERVER_HASSH,
		SSL_CLIENT,
		SSL_SERVER,
		DNS_ANSWER,
		DNS_HONEYPOT_QUERY,
		FTP_CLIENT,
		FTP_SERVER,
		POP_CLIENT,
		POP_SERVER,
		TCP_CLIENT_BANNER,
		TCP_SERVER_BANNER,
		TCP_HONEYPOT_HIT,
		UDP_HONEYPOT_HIT,
		STUN_HONEYPOT_REQUEST,
		OPEN_PORT,
		MAC_ADDRESS,
		NTLM_NEGOTIATE,
		NTLM_CHALLENGE,
		NTLM_AUTHENTICATE,
		NTLM_CLIENT_FLAGS,
		NTLM_SERVER_FLAGS,
		SMB,
	};

	## A line of the log.
	type Info: record {
		## When it was seen.
		ts: time &log;
		## The connection, unset if there is none.
		uid: string &log &optional;
		## The host that the observation is about.
		host: addr &log &optional;
		## The port, if the host was seen as a server.
		srvport: port &log &optional;
		## The kind of the observation.
		recon_type: Type &log &default=UNKNOWN;
		## Which of that kind: the name of a header, the type of an answer, ...
		source: string &log &optional;
		## What was seen.
		value: string &log &optional;
		## The other name, if the observation is about names only.
		targetval: string &log &optional;
	};

	## Addresses that nobody has a reason to talk to. What they are sent is logged, and nothing is said about them
	## as servers.
	option HONEYPOTS: set[addr] = {};

	## Where the log goes, without ".log". Taken from the environment.
	const log_path = getenv("LOG_PATH") &redef;

	## Seconds after which a new file is begun, "" for never. Taken from the environment.
	const log_rotate = getenv("LOG_ROTATE") &redef;

	## Writes only this log, and to the standard output unless log_path says otherwise.
	const standalone = F &redef;

	## What is remembered about a connection.
	type State: record {
		## Data of the client, or of the server, was seen.
		client_data: bool &default=F;
		server_data: bool &default=F;
		## The connection was reported as a hit of a honeypot.
		hit: bool &default=F;
	};

	## A hook to change or veto lines.
	global log_policy: Log::PolicyHook;

	## Reports something about the client of a connection. An empty source is left unset.
	global about_client: function(c: connection, kind: Type, source: string, value: string);

	## Reports something about the server of a connection, unless it is a honeypot.
	global about_server: function(c: connection, kind: Type, source: string, value: string);

	## Returns what is remembered about a connection.
	global state_of: function(c: connection): State;

	## Writes a port as "tcp/80".
	global port_text: function(p: port): string;
}

redef record connection += {
	passiverecon: PassiveRecon::State &optional;
};

# Fields are cut at 4096 bytes by default where these exist (Zeek 8); certificates are longer.
@ifdef ( Log::default_max_field_string_bytes )
redef Log::default_max_field_string_bytes = 1048576;
@endif
@ifdef ( Log::default_max_total_string_bytes )
redef Log::default_max_total_string_bytes = 2097152;
@endif

function about_client(c: connection, kind: Type, source: string, value: string)
	{
	local rec = Info($ts=network_time(), $uid=c$uid, $host=c$id$orig_h,
	                 $recon_type=kind, $value=value);

	if ( source != "" )
		rec$source = source;

	Log::write(PassiveRecon::LOG, rec);
	}

function about_server(c: connection, kind: Type, source: string, value: string)
	{
	if ( c$id$resp_h in HONEYPOTS )
		return;

	local rec = Info($ts=network_time(), $uid=c$uid, $host=c$id$resp_h,
	                 $srvport=c$id$resp_p, $recon_type=kind, $value=value);

	if ( source != "" )
		rec$source = source;

	Log::write(PassiveRecon::LOG, rec);
	}

function state_of(c: connection): State
	{
	if ( ! c?$passiverecon )
		c$passiverecon = State();

	return c$passiverecon;
	}

function port_text(p: port): string
	{
	return fmt("%s/%d", get_port_transport_proto(p), port_to_count(p));
	}

event zeek_init() &priority=5
	{
	Log::create_stream(PassiveRecon::LOG, [$columns=Info, $path="passiverecon", $policy=log_policy]);

	local path = log_path;

	if ( path == "" && standalone )
		path = "/dev/stdout";

	local rotates = log_rotate != "" && /[0-9]+(\.[0-9]+)?/ == log_rotate;

	if ( log_rotate != "" && ! rotates )
		Reporter::warning(fmt("LOG_ROTATE is not a number of seconds: %s", log_rotate));

	if ( path == "" && ! rotates )
		return;

	local filter = Log::Filter($name="default");

	if ( path != "" )
		filter$path = path;

	if ( rotates )
		filter$interv = double_to_interval(to_double(log_rotate));

	Log::remove_default_filter(PassiveRecon::LOG);
	Log::add_filter(PassiveRecon::LOG, filter);
	}

# After the other scripts have made their streams.
event zeek_init() &priority=-10
	{
	if ( ! standalone )
		return;

	local others: vector of Log::ID;

	for ( id in Log::active_streams )
		{
		if ( id != PassiveRecon::LOG )
			others += id;
		}

	for ( i in others )
		Log::disable_stream(others[i]);
	}
