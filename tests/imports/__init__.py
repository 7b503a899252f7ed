"""From a voter file to voters: cleaning, layouts, bad input, the importer."""
