-- +goose Up

CREATE TABLE IF NOT EXISTS networks {{on}}
(
    prefix       String COMMENT 'network; IPv4 networks are mapped: 0000:0000:0000:0000:0000:ffff:c000:0200/120 is 192.0.2.0/24',
    country_code LowCardinality(String) COMMENT 'ISO 3166-1 alpha-2 code of the country',
    country_name LowCardinality(String) COMMENT 'name of the country',
    city         LowCardinality(String) COMMENT 'name of the city',
    asn          UInt32 COMMENT 'number of the autonomous system; 0 if unknown',
    as_name      LowCardinality(String) COMMENT 'name of the autonomous system'
)
ENGINE = {{engine "MergeTree"}}
ORDER BY prefix
COMMENT 'Networks with their countries and autonomous systems (filled by ivre ipdata); the dictionaries geo and asn look addresses up in it';

-- +goose Down

DROP DICTIONARY IF EXISTS geo {{on}};
DROP DICTIONARY IF EXISTS asn {{on}};
DROP TABLE IF EXISTS networks {{on}};
