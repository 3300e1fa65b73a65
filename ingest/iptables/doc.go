// Package iptables reads the lines that the LOG target of Linux netfilter (iptables, ip6tables, nftables)
// leaves in the system log: one packet each, so one flow of one observation without volumes.
//
// Lines come as written by a syslog daemon or journalctl, with a traditional time stamp ("Feb  4
// 05:30:11", no year) or one of RFC 3339. Stamps without a time zone are taken as UTC.
//
// The package opens no files and knows nothing of the database.
package iptables
