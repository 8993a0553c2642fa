use std::time::Instant;
fn main(){
  let n=40000; let d=384;
  let rows: Vec<f32>=(0..n*d).map(|i| ((i*7919)%1000) as f32/1000.).collect();
  let q: Vec<f32>=(0..d).map(|i| (i%13) as f32).collect();
  println!("{}", gristmill_index::kernels::instructions());
  for _ in 0..5 { let t=Instant::now(); let mut s=0f32; for r in rows.chunks_exact(d){ s+=gristmill_index::kernels::dot(&q,r);} let e=t.elapsed().as_secs_f64(); println!("f32 {} {} GB/s", s, (n*d*4) as f64/e/1e9);}
  for _ in 0..3 { let t=Instant::now(); let mut s=0f32; for _ in 0..n { s+=gristmill_index::kernels::dot(std::hint::black_box(&q),&rows[..d]);} let e=t.elapsed().as_secs_f64(); println!("hot f32 {} {} ns", s, e/n as f64*1e9);}
}
