// Package ntlm reads the three messages of the NTLM authentication protocol (Microsoft's [MS-NLMP], section 2.2.1) as
// far as they tell something about a system: names, versions and a fingerprint of the flags.
//
// Messages come from the network, from servers and clients alike: nothing in them is believed before it was checked, and
// what is cut off or out of place is left out. The package must not know where a message came from (HTTP, SMB, a scan, a
// sensor) nor how records show it.
package ntlm
