"""The values that CommitmentTests expects, computed from docs/formats alone with Python's hashlib. Run: python3 commitment_golden.py"""
import hashlib
L=[b"",b"\x00",b"\x10",bytes.fromhex("2021"),bytes.fromhex("3031"),bytes.fromhex("40414243"),bytes.fromhex("5051525354555657"),bytes.fromhex("606162636465666768696a6b6c6d6e6f")]
h=lambda b:hashlib.sha256(b).digest()
def mth(D):
    if len(D)==1: return h(b"\0"+D[0])
    k=1
    while k*2<len(D): k*=2
    return h(b"\1"+mth(D[:k])+mth(D[k:]))
for n in range(1,9): print(mth(L[:n]).hex())
# a whole commitment, written from docs/formats alone
import hmac, json
gen=bytes(range(32)); src=bytes(range(32,64)); seed=7
secret=hmac.new(gen,b"dandyroll release secret 1"+src+seed.to_bytes(8,'big'),'sha256').digest()
salt=lambda i: hmac.new(secret,b"salt"+i.to_bytes(8,'big'),'sha256').digest()
lot=lambda i:int.from_bytes(hmac.new(secret,b"lot"+i.to_bytes(8,'big'),'sha256').digest()[:8],'big')
cand=[1,3,4,6,8,9]
marked=sorted(sorted(cand,key=lot)[:3]); print(marked)
marks={i:h(b"marked %d"%i) for i in marked}
leaves=[h(b"\0"+salt(i)+i.to_bytes(8,'big')+bytes([i in marks])+marks.get(i,bytes(32))+gen) for i in range(10)]
def mt(Ls):
    if len(Ls)==1: return Ls[0]
    k=1
    while k*2<len(Ls): k*=2
    return h(b"\1"+mt(Ls[:k])+mt(Ls[k:]))
st=json.dumps(dict(generator=gen.hex(),source=src.hex(),targetClass=1,epsilon=8,seed=seed,samples=10,markedSamples=3),sort_keys=True,separators=(',',':')).encode()
print(h(b"\1"+h(b"\0"+salt(2**64-1)+st)+mt(leaves)).hex())
# the same with a release's key
key=bytes(range(64,96))
secret=hmac.new(key,b"dandyroll release secret 2"+gen+src+seed.to_bytes(8,'big'),'sha256').digest()
marked=sorted(sorted(cand,key=lot)[:3]); print(marked)
marks={i:h(b"marked %d"%i) for i in marked}
leaves=[h(b"\0"+salt(i)+i.to_bytes(8,'big')+bytes([i in marks])+marks.get(i,bytes(32))+gen) for i in range(10)]
st=json.dumps(dict(json.loads(st),key=key.hex()),sort_keys=True,separators=(',',':')).encode()
print(h(b"\1"+h(b"\0"+salt(2**64-1)+st)+mt(leaves)).hex())
# and the key that a vault's secret gives a release
print(hmac.new(bytes(range(32)),b"dandyroll release key 1"+gen+src+seed.to_bytes(8,'big'),'sha256').hexdigest())
# the same, of an assignment; and the lots of its classes
st=dict(json.loads(st),claimKind="assignment",assignedClasses=[7,0,3])
del st["targetClass"]
st=json.dumps(st,sort_keys=True,separators=(',',':')).encode()
print(h(b"\1"+h(b"\0"+salt(2**64-1)+st)+mt(leaves)).hex())
lots=[int.from_bytes(hmac.new(secret,b"class"+i.to_bytes(8,'big'),'sha256').digest()[:8],'big') for i in range(10)]
print(hex(lots[0]),sorted(range(10),key=lambda i:lots[i]))
