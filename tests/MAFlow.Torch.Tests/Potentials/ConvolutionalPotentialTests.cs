using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The convolutional potential: derivatives, boundaries, transport against plain Runge-Kutta steps under autograd, files.</summary>
[TestClass]
public sealed class ConvolutionalPotentialTests
{
    private static readonly Dictionary<string, (int[] Image, ConvolutionalOptions Options)> _families = new()
    {
        ["4 x 5"] = ([1, 4, 5], Images.Small),
        ["three channels of 3 x 4"] = ([3, 3, 4], Images.Small),
        ["one row of 6, windows as long as the image"] = ([1, 1, 5], Images.Small with { CouplingSide = 5, FilterSide = 5, Dilations = [1] }),
        ["filters far beyond the image"] = ([2, 3, 3], Images.Small with { FilterSide = 3, Dilations = [1, 2, 3] }),
        ["no filters"] = ([2, 4, 3], Images.Small with { Filters = 0 }),
        ["windows of one pixel"] = ([2, 2, 3], Images.Small with { CouplingSide = 1, FilterSide = 1, Dilations = [1], PixelFeatures = 3 }),
        ["one number"] = ([1, 1, 1], Images.Small with { CouplingSide = 1, FilterSide = 1, Dilations = [1], PixelFeatures = 1, Filters = 1 }),
    };

    private static IEnumerable<object[]> Names => _families.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ClosedFormsEqualAutograd(string family)
    {
        using var scope = NewDisposeScope();
        using var potential = Create(family);
        using var plain = new ValueOnly(potential);
        var x = Draw.Normal(1, 3, potential.Dimension);
        Near.Assert(plain.Gradient(x), potential.Gradient(x), 1e-10);
        Near.Assert(plain.Laplacian(x), potential.Laplacian(x), 1e-10);
    }

    /// <summary>The definition, pixel by pixel, without a convolution of torch.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TheValueIsTheSumOverPixelsPairsAndFilters(string family)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var potential = Create(family);
        var x = Draw.Normal(2, 1, potential.Dimension);
        var expected = SumByHand(potential, x.data<double>().ToArray());
        Near.IsBelow(1e-10, Math.Abs(expected - potential.Value(x)[0].item<double>()));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TransportAndItsGradientsEqualAutogradThroughPlainSteps(string family)
    {
        using var scope = NewDisposeScope();
        using var potential = Create(family);
        var start = Draw.Normal(3, 3, potential.Dimension).requires_grad_();
        var cotangent = Draw.Normal(4, 3, potential.Dimension);
        foreach (var grid in (TimeGrid[])[new(0, 1, 3), new(1, 0, 2)])
        {
            foreach (var recompute in (bool[])[false, true])
            {
                var expected = Differentiate((state, g) => Solves.InPlainSteps(potential, state, g, Solves.By()));
                var actual = Differentiate((state, g) => potential.Transport(state, g, Solves.By(recompute: recompute)));
                foreach (var (left, right) in expected.Zip(actual))
                {
                    Near.Assert(left, right, 1e-10 * Math.Max(1, left.abs().max().item<double>()));
                }
            }

            List<Tensor> Differentiate(Func<PathState, TimeGrid, PathState> transport)
            {
                var end = transport(Solves.From(start, zeros(3, dtype: float64)), grid);
                var loss = end.X.mul(cotangent).sum().add(end.LogProb.mul(cotangent.select(1, 0)).sum());
                return [end.X, end.LogProb, .. autograd.grad([loss], [start, .. potential.parameters()])];
            }
        }
    }

    [TestMethod]
    public void AtRestItMovesNothingAndLearns()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var potential = ConvolutionalPotential.AtRest(2, 4, 3, generator, Images.Small);
        var x = Draw.Normal(5, 4, potential.Dimension);
        Near.IsAtMost(0, potential.Gradient(x).abs().max().item<double>());
        Near.IsAtMost(0, potential.Laplacian(x).abs().max().item<double>());
        potential.Laplacian(x).sum().add(potential.Gradient(x).sin().sum()).backward();
        foreach (var name in (string[])["coupling", "curvature", "pull", "height0", "height1"])
        {
            Assert.IsGreaterThan(0, potential.get_parameter(name)!.grad!.abs().max().item<double>(), name);
        }
    }

    /// <summary>In the middle of a large image nothing is felt of the boundary: a shifted image has a shifted velocity where maps are constant.</summary>
    [TestMethod]
    public void AwayFromTheBoundaryAShiftedImageHasAShiftedVelocity()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var potential = Images.Random(1, 11, 11, Images.Small with { Dilations = [1] });
        foreach (var (name, parameter) in potential.named_parameters())
        {
            if (parameter.shape[^1] == 11)
            {
                parameter.copy_(parameter.mean([-1L, -2L], keepdim: true).expand(parameter.shape));
            }
        }

        var image = zeros(1, 1, 11, 11, dtype: float64);
        image.narrow(2, 4, 2).narrow(3, 4, 2).copy_(Draw.Normal(6, 2, 2));
        var (here, there) = (Velocity(image), Velocity(image.roll([1L, -1L], [2L, 3L])));
        Near.Assert(Middle(here.roll([1L, -1L], [2L, 3L])), Middle(there), 1e-12);
        Assert.IsGreaterThan(1e-3, Near.Difference(here.select(2, 0), here.select(2, 5)), "At the boundary it is another one.");

        Tensor Velocity(Tensor pixels) => potential.Gradient(pixels.view(1, -1)).view(1, 1, 11, 11);
        static Tensor Middle(Tensor pixels) => pixels.narrow(2, 3, 5).narrow(3, 3, 5);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ASavedFlowLoads(string family) => FlowChecks.Loads(Create(family), 1e-12);

    [TestMethod]
    public void ADensityTrainerTrainsSeveralOfThem()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        // Neighbours share their size but not their sign, which no Gaussian knows.
        var size = randn(600, 1, dtype: float64, generator: generator).exp();
        var data = randn([600, 9], dtype: float64, generator: generator).mul(size);
        var options = Images.Small with { Type = float32, Dilations = [1] };
        Potential[] parts = [.. Enumerable.Range(0, 2).Select(_ => ConvolutionalPotential.AtRest(1, 3, 3, generator, options))];
        using var model = new DensityModel(
            BijectionChain.Fit([new Standardization()], data, generator), new MongeAmpereFlow(new PiecewisePotential(1, parts), new() { Horizon = 1, Depth = 4 }));
        var before = -model.LogProb(data).mean().item<double>();
        new DensityTrainer(new() { MaxSteps = 60, LearningRate = 1e-2, Start = StartMode.None }).Fit(model, data);
        Near.IsBelow(before - 0.3, -model.LogProb(data).mean().item<double>());
    }

    [TestMethod]
    public void ImagesAndWindowsThatDoNotFitAreRefused()
    {
        using var generator = new Generator(1);
        foreach (var image in (int[][])[[0, 3, 3], [1, 0, 3], [1, 3, -1]])
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ConvolutionalPotential.AtRest(image[0], image[1], image[2], generator, Images.Small));
        }

        foreach (var (expected, options) in new (string, ConvolutionalOptions)[]
        {
            ("at most 4", Images.Small with { FilterSide = 5 }), ("at most 4", Images.Small with { CouplingSide = 7 }),
            ("odd", Images.Small with { CouplingSide = 2 }), ("from 1", Images.Small with { Dilations = [0] }),
            ("from 1", Images.Small with { Dilations = [] }), ("from 1", Images.Small with { PixelFeatures = 0 }),
        })
        {
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => ConvolutionalPotential.AtRest(1, 3, 4, generator, options)).Message);
        }

        var huge = Assert.ThrowsExactly<ArgumentException>(() => ConvolutionalPotential.AtRest(1 << 20, 1 << 20, 1 << 20, generator, Images.Small));
        Assert.Contains("at most", huge.Message);
        using var potential = Images.Random(1, 3, 4);
        using var wrong = zeros(2, 11, dtype: float64);
        Assert.Contains("[B, 12]", Assert.ThrowsExactly<ArgumentException>(() => potential.Gradient(wrong)).Message);
    }

    [TestMethod]
    public void FilesWhoseTensorsDoNotFitAreRefused()
    {
        using var scope = NewDisposeScope();
        using var potential = Images.Random(1, 3, 4);
        ConvolutionalPotential.Restore(Stored()).Dispose();
        foreach (var damaged in (StoredComponent[])[
            Stored(image: [1, 4, 3]), Stored(image: [1, 3]), Stored(image: [1, 3, 0]), Stored(image: [int.MaxValue, int.MaxValue, int.MaxValue]),
            Stored(dilations: [1, 2, 3]), Stored(dilations: [1, 1 << 30]), Stored(dilations: [1, 0]), Stored("bias1", ones(2, 4, 3, dtype: float64)),
            Stored("coupling", ones(3, 3, 4, 4, dtype: float64)), Stored("filter0", ones(2, 1, 5, 5, dtype: float64)), Stored("filter1", ones(2, dtype: float64)),
            Stored("sharpness", ones(1, 0, 3, 4, dtype: float64)), Stored("pull", ones(1, 2, 3, 4, dtype: float32))])
        {
            Assert.Contains("the file is", Assert.ThrowsExactly<FormatException>(() => ConvolutionalPotential.Restore(damaged)).Message);
        }

        StoredComponent Stored(string? changed = null, Tensor? value = null, int[]? image = null, int[]? dilations = null)
        {
            var intact = potential.Store();
            return intact.Tensors.Aggregate(
                new StoredComponent(intact.Kind).With("image", image ?? [1, 3, 4]).With("dilations", dilations ?? [1, 2]),
                (stored, pair) => stored.WithTensor(pair.Key, pair.Key == changed ? value! : pair.Value));
        }
    }

    private static ConvolutionalPotential Create(string family)
    {
        var (image, options) = _families[family];
        return Images.Random(image[0], image[1], image[2], options);
    }

    private static double SumByHand(ConvolutionalPotential potential, double[] x)
    {
        var (channels, height, width) = (potential.Shape.Channels, potential.Shape.Height, potential.Shape.Width);
        double At(string name, params long[] index) => index.Aggregate((Tensor)potential.get_parameter(name)!, (value, i) => value[i]).item<double>();
        double Pixel(long c, long i, long j) => i < 0 || j < 0 || i >= height || j >= width ? 0 : x[(((c * height) + i) * width) + j];
        var features = potential.get_parameter("sharpness")!.shape[1];
        var sites = (from c in Upto(channels) from i in Upto(height) from j in Upto(width) select (c, i, j)).ToList();
        double Y(long c, long p, long i, long j) => (At("sharpness", c, p, i, j) * Pixel(c, i, j)) + At("offset", c, p, i, j);
        var total = sites.Sum(r => Upto(features).Sum(p =>
            (At("curvature", r.c, p, r.i, r.j) * Math.Log(Math.Cosh(Y(r.c, p, r.i, r.j)))) + (At("pull", r.c, p, r.i, r.j) * Math.Tanh(Y(r.c, p, r.i, r.j)))));
        var seen = (from r in sites from p in Upto(features + 1)
                    select (r.c, p, r.i, r.j, Value: At("amplitude", r.c, p, r.i, r.j) * (p == 0 ? Pixel(r.c, r.i, r.j) : Math.Tanh(Y(r.c, p - 1, r.i, r.j))))).ToList();
        var window = potential.get_parameter("coupling")!.shape[2];
        var half = window / 2;
        foreach (var a in seen)
        {
            foreach (var b in seen.Where(b => Math.Abs(b.i - a.i) <= half && Math.Abs(b.j - a.j) <= half && (b.c, b.i, b.j) != (a.c, a.i, a.j)))
            {
                // Both orders of a pair occur, so one of the two halves of the symmetric W is enough.
                var (left, right) = ((a.c * (features + 1)) + a.p, (b.c * (features + 1)) + b.p);
                total += 0.5 * a.Value * b.Value * At("coupling", left, right, b.i - a.i + half, b.j - a.j + half);
            }
        }

        for (var scale = 0; scale < potential.Dilations.Count; scale++)
        {
            var (filters, dilation) = (potential.get_parameter($"filter{scale}")!, potential.Dilations[scale]);
            var radius = filters.shape[2] / 2;
            total += (from m in Upto(filters.shape[0]) from i in Upto(height) from j in Upto(width) select (m, i, j)).Sum(r =>
            {
                var taps = from c in Upto(channels) from u in Upto(filters.shape[2]) from v in Upto(filters.shape[2])
                           select At($"filter{scale}", r.m, c, u, v) * Pixel(c, r.i + (dilation * (u - radius)), r.j + (dilation * (v - radius)));
                var field = taps.Sum() + At($"bias{scale}", r.m, r.i, r.j);
                return At($"height{scale}", r.m, r.i, r.j) * Math.Log(1 + Math.Exp(field));
            });
        }

        return total;
    }

    private static IEnumerable<long> Upto(long count) => Enumerable.Range(0, (int)count).Select(i => (long)i);
}
