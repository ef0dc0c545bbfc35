using MAFlow.Benchmarks;
using MAFlow.Torch;
using static TorchSharp.torch;

using var generator = new Generator(1);
const int B = 100, N = 784, H = 1024;
using var potential = RidgePotential.AtRest(randn([H, N], generator: generator), Activation.Softplus, generator);
using (no_grad()) { potential.Amplitude.copy_(randn(H, generator: generator) * 0.01); }
using var paper = new PaperRidgePotential(potential);
using var x = randn([B, N], generator: generator);
var options = new MongeAmpereFlowOptions { Horizon = 1, Depth = 10 };
using var flow = new MongeAmpereFlow(potential, options);
using var reference = new MongeAmpereFlow(paper, options);
using var s = randn([B, H], generator: generator);
using var g = randn([H, H], generator: generator);
using var z = randn([H, H], generator: generator);
void Train(MongeAmpereFlow f) { using var scope = NewDisposeScope(); var loss = f.LogProb(x).mean().neg(); loss.backward(); foreach (var p in f.Potential.parameters()) p.grad = null; }
void Score(Tensor y, MongeAmpereFlow f) { using var scope = NewDisposeScope(); using var _ = no_grad(); f.LogProb(y); }
void Gemm(Tensor a, int n) { for (var i = 0; i < n; i++) { using var p = a.mm(g); } }
void Floor() { for (var i = 0; i < 80; i++) { using var p = s.mm(g); } for (var i = 0; i < 40; i++) { using var q = s.t(); z.addmm_(q, s, 0, 1); } }
using var big = randn([1000, N], generator: generator);
using var sbig = randn([1000, H], generator: generator);
var t = InterleavedTiming.Measure(5, () => Train(flow), Floor, () => Score(x, flow), () => Gemm(s, 40), () => Score(big, flow), () => Gemm(sbig, 40));
foreach (var (name, v) in new[] { "train", "floor", "score100", "floor", "score1000", "floor" }.Zip(t)) Console.WriteLine($"{name} {InterleavedTiming.Median(v) * 1e3:F1} ms");
Console.WriteLine($"train/floor {InterleavedTiming.Ratio(t[0], t[1]):F2} score100 {InterleavedTiming.Ratio(t[2], t[3]):F2} score1000 {InterleavedTiming.Ratio(t[4], t[5]):F2}");
var u = InterleavedTiming.Measure(2, () => Train(reference), () => Train(flow));
Console.WriteLine($"paper {InterleavedTiming.Median(u[0]) * 1e3:F0} ms, speedup {InterleavedTiming.Ratio(u[0], u[1]):F1}");
