"""What every response needs: security, errors, language, assets, compression, validation."""
