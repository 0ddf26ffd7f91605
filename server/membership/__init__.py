"""Persons of Party branches (党员花名册): import, binding to WeChat, transfer, roster."""
