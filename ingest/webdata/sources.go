package webdata

import "ivre/ingest/ipdata"

// Source is one published list.
type Source struct {
	// Name is the name of the file, as package ipdata looks for it.
	Name string
	// URL is where the list is published; "dns:NAME" stands for the addresses of a name.
	URL string
	// Make returns what the file is to hold.
	Make func(download []byte) ([]byte, error)
	// Link finds the address of the list in a web page; nil if the list is published at an address that stays.
	Link func(page []byte) (url string, ok bool)
}

// Sources are all lists, in the order in which they are fetched.
var Sources = []Source{
	{Name: "tor_exit_nodes.txt", URL: "https://check.torproject.org/torbulkexitlist", Make: Addresses},
	{Name: "cdn_nuclei.json", URL: "https://raw.githubusercontent.com/projectdiscovery/cdncheck/main/sources_data.json", Make: CDN},
	{Name: "ssigouvfr_scanners.txt", URL: "https://www.cert.ssi.gouv.fr/scans/", Make: PageAddresses},
	{Name: "censys_scanners.txt", URL: "https://docs.censys.com/docs/opt-out-of-data-collection", Make: PageNetworks},
	{Name: "rapid7_scanners.txt", URL: "https://opendata.rapid7.com/about/", Make: PageNetworks},
	{Name: "ukncsc_scanners.txt", URL: DNS + "scanner.scanning.service.ncsc.gov.uk", Make: PageAddresses},
	{Name: AWSFile, URL: "https://ip-ranges.amazonaws.com/ip-ranges.json", Make: checkAWS},
	{Name: AzureFile, URL: "https://www.microsoft.com/en-us/download/details.aspx?id=57063", Make: checkAzure, Link: azureLink},
}

// DNS is what addresses of sources begin with if they are the addresses of a name.
const DNS = "dns:"

// The lists of government clouds are kept as they are published: GovCloudFile is made of both, also if only one of them
// has changed.
const (
	AWSFile      = "govcloud_aws.json"
	AzureFile    = "govcloud_azure.json"
	GovCloudFile = "govcloud.json"
)

// MaxSize is the size in bytes of the largest download and of the largest file.
const MaxSize = ipdata.MaxTagFile
