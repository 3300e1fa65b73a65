##! MAC addresses of IPv4 addresses, from ARP.

@load ./main

module PassiveRecon;

# Addresses that name nobody: of probes (RFC 5227), and of what is asked for.
const no_macs: set[string] = { "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff" };

function mac_address(source: string, a: addr, mac: string)
	{
	if ( a == 0.0.0.0 || mac == "" || mac in no_macs )
		return;

	Log::write(PassiveRecon::LOG, Info($ts=network_time(), $host=a, $recon_type=MAC_ADDRESS,
	                                   $source=source, $value=mac));
	}

event arp_request(mac_src: string, mac_dst: string, SPA: addr, SHA: string, TPA: addr, THA: string)
	{
	mac_address("ARP_REQUEST_SRC", SPA, SHA);
	mac_address("ARP_REQUEST_DST", TPA, THA);
	}

event arp_reply(mac_src: string, mac_dst: string, SPA: addr, SHA: string, TPA: addr, THA: string)
	{
	mac_address("ARP_REPLY_SRC", SPA, SHA);
	mac_address("ARP_REPLY_DST", TPA, THA);
	}
