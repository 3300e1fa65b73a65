// Package arp reads packet captures (pcap and pcapng) and turns the ARP requests and replies in them into lines of
// flow metadata, the same that Zeek's arp log gives: a flow of the protocol "arp" from the sender's to the target's
// address, with the operation ("ARP::WHO_HAS", "ARP::REPLY") and the MAC addresses of the frame.
//
// Sources: RFC 826 (ARP), RFC 5227 (probes: a sender of 0.0.0.0), IEEE 802.1Q and 802.1ad (VLAN tags), RFC 1042 (SNAP),
// the link types of tcpdump.org, draft-ietf-opsawg-pcap (pcap, with the variants of libpcap) and
// draft-ietf-opsawg-pcapng.
//
// Captures are streamed: of each packet only the first bytes are looked at, whatever its length. The package decodes
// nothing but ARP, opens no files and knows nothing of the database.
package arp
