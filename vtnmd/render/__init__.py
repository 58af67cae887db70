"""From resources to payloads, pure: templates in, trees out. What a template yields is parsed again before it is used."""
