"""WeChat 微信: the platform behind sign-in, content checks, QR codes and messages; its stand-in.

The only package that knows wechatpy. Others import ``server.wechat.platform``.
"""
