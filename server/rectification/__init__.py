"""Cases (差评件): 挂号 register, 叫号 call, 销号 close; callback 回访, rectification 整改."""
