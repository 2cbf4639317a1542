"""From a manifest to an account at ngrok.ai: plan, apply, roll back, and what is there."""
