package masscan

import (
	"bufio"
	"crypto/md5"
	"encoding/hex"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"

	"ivre/ingest/host"
)

// vendor is a pattern of vendor IDs in hexadecimal, with the name of what sends them.
type vendor struct {
	name    string
	pattern *regexp.Regexp
}

// vendors are the patterns of an installed ike-scan, and behind them those that are known here. They are read once.
var vendors = sync.OnceValue(func() []vendor {
	var list []vendor
	for _, path := range []string{"/usr/local/share/ike-scan/ike-vendor-ids", "/usr/share/ike-scan/ike-vendor-ids"} {
		if f, err := os.Open(path); err == nil {
			list = readVendors(f)
			f.Close()
			break
		}
	}
	return append(list, knownVendors()...)
})

// maxVendors bounds how many patterns are read.
const maxVendors = 10_000

// readVendors reads a file of ike-scan's: lines of a name, tabs, and an extended regular expression. Others are left out.
func readVendors(r io.Reader) []vendor {
	var list []vendor
	for in := bufio.NewScanner(r); in.Scan() && len(list) < maxVendors; {
		name, pattern, ok := strings.Cut(in.Text(), "\t")
		pattern = strings.Trim(pattern, "\t ")
		if !ok || pattern == "" || strings.HasPrefix(name, "#") {
			continue
		}
		if re, err := regexp.Compile("(?i)" + pattern); err == nil {
			list = append(list, vendor{name, re})
		}
	}
	return list
}

// knownVendors are IDs in common use. Many are the MD5 of a text, some have numbers of versions behind.
func knownVendors() []vendor {
	var list []vendor
	prefix := func(name, value string) {
		list = append(list, vendor{name, regexp.MustCompile("^" + value)})
	}
	hashed := func(name, text string) {
		sum := md5.Sum([]byte(text))
		prefix(name, hex.EncodeToString(sum[:]))
	}
	const windows = "1e2b516905991c7d7c96fcbfb587e461" // MD5 of MS NT5 ISAKMPOAKLEY; a version follows
	for _, w := range [...][2]string{{"2", "2000"}, {"3", "XP-SP1"}, {"4", "2003-or-XP-SP2"}, {"5", "Vista"}, {"6", "2008"},
		{"7", "7"}, {"8", "2008-R2"}, {"9", "8"}} {
		prefix("Windows-"+w[1], windows+"0000000"+w[0])
	}
	prefix("Windows", windows+"[0-9a-f]{8}")
	prefix("MS NT5 ISAKMPOAKLEY", windows)
	prefix("Firewall-1 Unknown Vsn", "f4ed19e0c114eb516faaac0ee37daf2807b4381f")
	hashed("KAME/racoon", "KAME/racoon")
	for _, v := range [...]string{"4.3.6", "4.3.5", "4.3.4", "4.3.3", "4.3.2", "4.3.1", "4.3.0", "4.2.8", "4.1.11"} {
		hashed("strongSwan "+v, "strongSwan "+v)
	}
	prefix("Cisco Unity", "12f5f28c457168a9702d9fe274cc")
	prefix("Cisco VPN Concentrator", "1f07f70eaa6514d3b0fa96542a")
	prefix("XAUTH", "09002689dfd6b712")
	prefix("Dead Peer Detection", "afcad71368a1f1c96b8696fc7757")
	hashed("RFC 3947 NAT-T", "RFC 3947")
	for _, n := range [...]string{"00", "01", "02", "02\n", "03", "04", "05", "06", "07", "08"} {
		hashed("draft-ietf-ipsec-nat-t-ike-"+strings.TrimSuffix(n, "\n"), "draft-ietf-ipsec-nat-t-ike-"+n)
	}
	hashed("IKE Fragmentation", "FRAGMENTATION")
	hashed("GSSAPI", "GSSAPI")
	hashed("MS-Negotiation Discovery Capable", "MS-Negotiation Discovery Capable")
	hashed("IKE CGA version 1", "IKE CGA version 1")
	prefix("Nortel Contivity", "424e4553") // BNES
	prefix("OpenPGP", "4f70656e504750")
	hashed("draft-stenberg-ipsec-nat-traversal-01", "draft-stenberg-ipsec-nat-traversal-01")
	hashed("draft-stenberg-ipsec-nat-traversal-02", "draft-stenberg-ipsec-nat-traversal-02")
	hashed("draft-huttunen-ipsec-esp-in-udp-00.txt", "draft-huttunen-ipsec-esp-in-udp-00.txt")
	prefix("FreeS/WAN or OpenSWAN or Libreswan", "4f45[0-9a-f]{20}$") // OE, and letters of a hash
	return list
}

// maxVendorCache bounds the cache of names.
const maxVendorCache = 4096

var vendorCache = struct {
	sync.Mutex
	names map[string]string
}{names: map[string]string{}}

// vendorName names what sends a vendor ID (in hexadecimal), "" if that is not known. The same few IDs come again and again.
func vendorName(value string) string {
	c := &vendorCache
	c.Lock()
	name, ok := c.names[value]
	c.Unlock()
	if ok {
		return name
	}
	for _, v := range vendors() {
		if v.pattern.MatchString(value) {
			name = v.name
			break
		}
	}
	c.Lock()
	defer c.Unlock()
	if len(c.names) >= maxVendorCache {
		clear(c.names)
	}
	c.names[value] = name
	return name
}

// family says what service the vendor IDs whose names start with prefix tell of.
type family struct {
	prefix              string
	product, os, device string
	version             bool // the rest of the name is a version
}

const firewall = "firewall"

var families = []family{
	{prefix: "Windows-", product: "Microsoft/Cisco IPsec", os: "Windows", version: true},
	{prefix: "Windows", product: "Microsoft/Cisco IPsec", os: "Windows"},
	{prefix: "Firewall-1 ", product: "Checkpoint VPN-1/Firewall-1", device: "security-misc", version: true},
	{prefix: "KAME/racoon", product: "KAME/racoon/IPsec Tools"},
	{prefix: "strongSwan", product: "strongSwan", os: "Unix", version: true},
	{prefix: "Openswan", product: "Openswan", os: "Unix", version: true},
	{prefix: "Linux Openswan", product: "Openswan", os: "Unix", version: true},
	{prefix: "FreeS/WAN or ", product: "FreeS/WAN or Openswan or Libreswan", os: "Unix"},
	{prefix: "Linux FreeS/WAN", product: "FreeS/WAN", os: "Unix", version: true},
	{prefix: "FreeS/WAN", product: "FreeS/WAN", os: "Unix", version: true},
	{prefix: "Libreswan", product: "Libreswan", os: "Unix", version: true},
	{prefix: "Cisco VPN Concentrator", product: "Cisco VPN Concentrator", version: true},
	{prefix: "SonicWall", product: "SonicWall", device: firewall},
	{prefix: "SafeNet SoftRemote", product: "SafeNet Remote", version: true},
	{prefix: "SafeNet", product: "SafeNet Remote"},
	{prefix: "SSH IPSEC Express", product: "SSH IPSEC Express", version: true},
	{prefix: "SSH Sentinel", product: "SSH Sentinel", version: true},
	{prefix: "SSH QuickSec", product: "SSH QuickSec", version: true},
	{prefix: "Nortel Contivity", product: "Nortel Contivity", device: firewall},
	{prefix: "FortiGate", product: "Fortinet FortiGate", device: firewall},
	{prefix: "ZyXEL ZyWALL Router", product: "ZyXEL ZyWALL", device: firewall},
	{prefix: "ZyXEL ZyWALL USG 100", product: "ZyXEL ZyWALL USG 100", device: firewall},
	{prefix: "ZyXEL ZyWALL", product: "ZyXEL ZyWALL", device: firewall},
	{prefix: "Netscreen-", product: "Juniper", os: "NetScreen OS", device: firewall},
	{prefix: "StoneGate", product: "StoneGate", device: firewall},
	{prefix: "Symantec-Raptor", product: "Symantec-Raptor", device: firewall, version: true},
	{prefix: "Teldat", product: "Teldat", device: "broadband router"},
}

// vendorService fills a service by the name of a vendor ID. It returns false if that does not tell any.
func vendorService(s *host.Service, name string) bool {
	for i := range families {
		f := &families[i]
		rest, ok := strings.CutPrefix(name, f.prefix)
		if !ok {
			continue
		}
		s.Product, s.OSType, s.DeviceType = f.product, f.os, f.device
		if !f.version {
			return true
		}
		version := strings.Trim(rest, " ()-")
		switch {
		case f.prefix == "Windows-":
			version = strings.ReplaceAll(version, "-", " ")
		case f.product == "strongSwan" && version == "":
			version = "4.3.6" // the first whose ID has no number
		case f.product == "Symantec-Raptor":
			version = strings.TrimPrefix(version, "v")
		}
		if version != "Unknown Vsn" {
			s.Version = version
		}
		return true
	}
	return false
}
