// Package govcloud has the shapes of what AWS (ip-ranges.json) and Microsoft (ServiceTags_AzureGovernment_*.json) publish
// about the networks of their government clouds, and says what is told of these. It judges no network.
package govcloud

import "strings"

// AWSPrefix is an item of AWS's "prefixes", which has IPv4, or of its "ipv6_prefixes", which has IPv6.
type AWSPrefix struct {
	IPv4    string `json:"ip_prefix"`
	IPv6    string `json:"ipv6_prefix"`
	Region  string `json:"region"`
	Service string `json:"service"`
}

// Government tells whether the network is one of a government cloud: AWS lists all of its networks.
func (p *AWSPrefix) Government() bool { return strings.HasPrefix(p.Region, "us-gov-") }

// Infos are texts about the network: "Platform: AWS", "Region: us-gov-west-1", "Service: EC2".
func (p *AWSPrefix) Infos() []string { return infos("AWS", p.Region, p.Service) }

// AzureValue is an item of Microsoft's "values".
type AzureValue struct {
	Properties struct {
		Platform        string   `json:"platform"`
		Region          string   `json:"region"`
		SystemService   string   `json:"systemService"`
		AddressPrefixes []string `json:"addressPrefixes"`
	} `json:"properties"`
}

// Infos are texts about the networks, as those of AWS.
func (v *AzureValue) Infos() []string {
	platform := v.Properties.Platform
	if platform == "" {
		platform = "Azure"
	}
	return infos(platform, v.Properties.Region, v.Properties.SystemService)
}

// infos leaves out what is not known.
func infos(platform, region, service string) []string {
	out := []string{"Platform: " + platform}
	if region != "" {
		out = append(out, "Region: "+region)
	}
	if service != "" {
		out = append(out, "Service: "+service)
	}
	return out
}
