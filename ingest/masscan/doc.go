// Package masscan tells what the banners of a Masscan report (https://github.com/robertdavidgraham/masscan) say: each
// becomes a script of its port, as if a script of Nmap's had found it, and the service is recognised by Nmap's patterns
// (package fingerprint). A file holds what belongs to one family of banners.
//
// The package gets one banner at a time with its port and must not know the formats of reports. Banners come from
// hostile networks: every one is read in time and memory in proportion to its length, which is bounded, and what
// cannot be understood is kept as text.
package masscan
