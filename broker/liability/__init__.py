"""Who answers for a request to the other libraries."""
