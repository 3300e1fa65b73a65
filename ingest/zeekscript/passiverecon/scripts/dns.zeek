##! Answers of DNS servers, and what honeypots are asked.

@load ./main
@load base/protocols/dns

module PassiveRecon;

# Names that addresses are looked up by (RFC 1035, section 3.5; RFC 3596, section 2.5).
const reverse_name =
	/^([0-9]{1,3}\.){4}in-addr\.arpa$/ |
	/^([0-9a-f]\.){32}ip6\.arpa$/;

function answer_source(c: connection, kind: string): string
	{
	return fmt("%s-%s-%d", kind, c$id$resp_h, port_to_count(c$id$resp_p));
	}

# An answer that has an address.
function address_answer(c: connection, kind: string, name: string, a: addr)
	{
	Log::write(PassiveRecon::LOG, Info($ts=network_time(), $uid=c$uid, $host=a, $recon_type=DNS_ANSWER,
	                                   $source=answer_source(c, kind), $value=name));
	}

# An answer that is a name.
function name_answer(c: connection, kind: string, name: string, target: string)
	{
	Log::write(PassiveRecon::LOG, Info($ts=network_time(), $uid=c$uid, $recon_type=DNS_ANSWER,
	                                   $source=answer_source(c, kind), $value=name, $targetval=target));
	}

event dns_A_reply(c: connection, msg: dns_msg, ans: dns_answer, a: addr)
	{
	address_answer(c, "A", ans$query, a);
	}

event dns_AAAA_reply(c: connection, msg: dns_msg, ans: dns_answer, a: addr)
	{
	address_answer(c, "AAAA", ans$query, a);
	}

event dns_PTR_reply(c: connection, msg: dns_msg, ans: dns_answer, name: string)
	{
	local query = to_lower(ans$query);

	if ( reverse_name in query )
		address_answer(c, "PTR", name, ptr_name_to_addr(query));
	}

event dns_CNAME_reply(c: connection, msg: dns_msg, ans: dns_answer, name: string)
	{
	name_answer(c, "CNAME", ans$query, name);
	}

event dns_NS_reply(c: connection, msg: dns_msg, ans: dns_answer, name: string)
	{
	name_answer(c, "NS", ans$query, name);
	}

event dns_MX_reply(c: connection, msg: dns_msg, ans: dns_answer, name: string, preference: count)
	{
	name_answer(c, "MX", ans$query, name);
	}

event dns_request(c: connection, msg: dns_msg, query: string, qtype: count, qclass: count)
	{
	if ( c$id$resp_h in HONEYPOTS )
		about_client(c, DNS_HONEYPOT_QUERY,
		             fmt("%s-%s-%s", port_text(c$id$resp_p), DNS::query_types[qtype], DNS::classes[qclass]),
		             query);
	}
