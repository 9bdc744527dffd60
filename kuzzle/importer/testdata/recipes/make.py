import bcrypt,hmac,base64,hashlib,json,os
PW="Tr0ub4dor&3 ü"; P=PW.encode()
PEP=b"146585145368132386173505678016728509634"
d=os.path.dirname(os.path.abspath(__file__))
SALT=bytes(range(0xE0,0xF0)); b64=lambda b: base64.b64encode(b).decode()
def fs(p): return bcrypt.hashpw(base64.b64encode(hmac.new(PEP,p,"sha512").digest())[:72],bcrypt.gensalt(4)).decode()
def w(n,t): open(f"{d}/{n}","w").write(t)
w("flask-security.csv","id,email,username,password,active,fs_uniquifier\n"+"".join(f"{i},{n}@example.com,{n},{fs(P)},1,{n*4}\n" for i,n in enumerate(["ada","bob"],1)))
w("vbulletin.csv","userid,username,email,password,salt\n"+"".join(f'{i},{n},{n}@example.com,{hashlib.md5(hashlib.md5(P).hexdigest().encode()+s.encode()).hexdigest()},"{s}"\n' for i,(n,s) in enumerate([("ada","a,#"),("bob","x'y")],1)))
w("membership.csv","UserId,UserName,Password,PasswordFormat,PasswordSalt,Email\n"+"".join(f"{i:032x},{n},{b64(hashlib.sha1(SALT+bytes([i])+PW.encode('utf-16-le')).digest())},1,{b64(SALT+bytes([i]))},{n}@example.com\n" for i,n in enumerate(["ada","bob"],1)))
w("discourse.json","\n".join(json.dumps({"id":i,"username":n,"email":n+"@example.com","password_hash":hashlib.pbkdf2_hmac("sha256",P,(SALT+bytes([i])).hex().encode(),r,32).hex(),"password_salt":(SALT+bytes([i])).hex(),"password_algorithm":f"$pbkdf2-sha256$i={r},l=32$"}) for i,(n,r) in enumerate([("ada",1000),("bob",2000)],1))+"\n")
w("realm.csv","username,ha1,Site Name\n"+"".join(f"{n},{hashlib.md5(f'{n}:{s}:'.encode()+P).hexdigest()},{s}\n" for n,s in [("ada","one"),("bob","two")])+"carl,0123456789abcdef0123456789abcdef,\n")
