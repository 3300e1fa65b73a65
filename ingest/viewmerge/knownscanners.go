package viewmerge

// knownScanner is a scanner, and how it scans, if that is known.
type knownScanner struct{ name, probe string }

// ja3Scanners are the fingerprints of scanners' TLS clients (https://github.com/salesforce/ja3).
var ja3Scanners = byFingerprint(map[knownScanner][]string{
	{name: "Masscan"}: {
		"18e9afaf91db6f8a2470e7435c2a1d6b", "2351bc927776c12aff03dcf9f1c12270", "5f8552974406f5edd94290c87c3f9f24",
	},
	{"Censys", "DTLS"}: {"8951236eca85955755e4946572ef32bb"},
	{"Zgrab2", "http"}: {"cba7f34191ef2379c1325641f6c6c4f4"},
	{"Zgrab2", "jarm"}: {"db8d4ad49cb378fa370b43a61a9b06b6"},
	{name: "Nmap"}: {
		"28fc222c950bd853f70cf1533d9ab85a", "30d619ff10a6eed923df39b14a5c9b42", "3bdfb64d53404bacd8a47056c6a756be",
		"6dc99de941a8f76cad308d9089e793d7", "c2d84b6228974503e522c608b587ee5a",
	},
	{name: "Scapy"}: {
		"75788873b932211093891b4c947398d6", "084728c1b2bff802827cf2b777d732d0", "60925faa483cc9ddce04b6242685f109",
		"d174b8473ee6a9f2e6d01c6c13264da2", "4f9cd475f4830f32f722223f3122caf4", "7f0532201a648dc6583aa37956b32284",
	},
	{name: "Tlsx"}: {"aec0c2453b922f02c12a7c8310d62071"},
})

// ja4Scanners are the same for JA4 (https://github.com/FoxIO-LLC/ja4).
var ja4Scanners = byFingerprint(map[knownScanner][]string{
	{name: "Nmap"}: {
		"ts2i090000_8b04906f0bb9_d2e2adf7177b", "t12i050200_7f27215065b1_cf3149f585c4", "t12i0502h9_7f27215065b1_8bd91ca53c17",
		"t12i080400_29ed02898241_7ec14cb91cd4", "t13d721000_db6627bd025f_7452fd1b1717", "t13i721000_db6627bd025f_7452fd1b1717",
	},
	{name: "Scapy"}: {
		"ts2i010000_cc9a9ccdc355_d2e2adf7177b", "ts3i130000_12ca15e9fa31_d2e2adf7177b", "t10i130000_12ca15e9fa31_d2e2adf7177b",
		"t11i130000_12ca15e9fa31_d2e2adf7177b", "t12i130100_12ca15e9fa31_9ffaceab5a69", "t13i010400_0f2cb44170f4_eb946c6df3cc",
	},
	{name: "Tlsx"}: {"t12d000600_e3b0c44298fc_e51b7354d87f"},
})

func byFingerprint(lists map[knownScanner][]string) map[string]knownScanner {
	out := map[string]knownScanner{}
	for scanner, list := range lists {
		for _, fingerprint := range list {
			out[fingerprint] = scanner
		}
	}
	return out
}

// agentScanners are the scanners that tell their names in HTTP's User-Agent.
var agentScanners = map[string]string{
	"Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)": "Nmap",
	"Mozilla/5.0 (compatible; Nmap Scripting Engine; http://nmap.org/book/nse.html)":  "Nmap",
	"Mozilla/5.0 zgrab/0.x": "Zgrab",
	"masscan/1.0 (https://github.com/robertdavidgraham/masscan)":             "Masscan",
	"HTTP Banner Detection (https://security.ipip.net)":                      "ipip.net",
	"Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)": "Censys",
}

// p0fScanners are the scanners that p0f (version 3) tells by their TCP SYN.
var p0fScanners = map[string]string{
	"NMap SYN scan": "Nmap", "Masscan TCP scan": "Masscan", "ZMap TCP scan": "Zmap",
}
