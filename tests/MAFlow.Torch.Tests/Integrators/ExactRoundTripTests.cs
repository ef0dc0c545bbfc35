using System.IO.Compression;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Images go to latent codes and back within float32, at two coarse steps a part, by a time-symmetric method.</summary>
[TestClass]
public sealed class ExactRoundTripTests
{
    private const double Tolerance = 1e-5;
    private const int Parts = 4;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void ImagesOfEightByEightPixels()
    {
        using var scope = NewDisposeScope();
        Check(Strokes(1, 600), Strokes(2, 200), levels: 17, hiddenUnits: 128, epochs: 20);
    }

    [TestMethod]
    public void ImagesOfMnist()
    {
        var path = SharedFiles.Require("data/mnist/t10k-images-idx3-ubyte.gz");
        using var scope = NewDisposeScope();
        var images = Read(path, 1200);
        Check(images.narrow(0, 0, 1000), images.narrow(0, 1000, 200), levels: 256, hiddenUnits: 64, epochs: 4);
    }

    /// <summary>Of a flow that was trained at the depth it is used at, in the white coordinates that it works in.</summary>
    private void Check(Tensor training, Tensor images, int levels, int hiddenUnits, int epochs)
    {
        using var generator = new Generator(1);
        using var model = new DensityModelOptions
        {
            Bijections = [new UniformDequantization(levels), new HistogramGaussianization(), new AffineGaussianization(0.1)],
            HiddenUnits = hiddenUnits, Parts = Parts,
            Flow = new() { Horizon = 2, Depth = 2 * Parts, Integrator = new ImplicitMidpoint() },
        }.Build(training, generator);
        var before = model.Evaluate(images).MeanNll;
        new DensityTrainer(new()
        {
            MaxEpochs = epochs, BatchSize = 50, LearningRate = 2e-2, ValidationFraction = 0, DepthTolerance = null, AverageDecay = 0.9,
        }).Fit(model, training);
        Near.IsBelow(before, model.Evaluate(images).MeanNll, "The flow moves its points.");
        var y = model.Preprocessing.Forward(images).Points.to(float32);
        var (exact, coarse) = (Error(model.Flow), Error(model.Flow.With(model.Flow.Options with { Integrator = ExplicitRungeKutta.Classic })));
        TestContext.WriteLine(FormattableString.Invariant($"|Decode(Encode(y)) - y|: implicit midpoint {exact:G3}, Runge-Kutta {coarse:G3}"));
        Near.IsAtMost(Tolerance, exact);
        Assert.IsGreaterThan(exact, coarse, "An explicit method of as many steps does not come back.");

        double Error(MongeAmpereFlow flow)
        {
            using var inner = NewDisposeScope();
            using var _ = no_grad();
            Assert.AreEqual(2 * Parts, flow.Depth);
            return Near.Difference(y, flow.Decode(flow.Encode(y).Z).X);
        }
    }

    /// <summary>Blurred strokes of 0 to 16 on 8 x 8 pixels.</summary>
    private static Tensor Strokes(ulong seed, long count)
    {
        using var scope = NewDisposeScope();
        var pixels = arange(8, dtype: float64);
        var ends = Draw.Uniform(seed, count, 4).mul(5).add(1);
        var ink = zeros(count, 8, 8, dtype: float64);
        for (var k = 0; k <= 6; k++)
        {
            var (row, column) = (ends.narrow(1, 0, 1).lerp(ends.narrow(1, 1, 1), k / 6.0), ends.narrow(1, 2, 1).lerp(ends.narrow(1, 3, 1), k / 6.0));
            var (vertical, horizontal) = (pixels.sub(row).square().neg().exp(), pixels.sub(column).square().neg().exp());
            ink = ink.maximum(vertical.unsqueeze(2).mul(horizontal.unsqueeze(1)));
        }

        return ink.mul(16).round().view(count, 64).MoveToOuterDisposeScope();
    }

    private static Tensor Read(string path, int count)
    {
        const int Header = 16, Pixels = 784;
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        stream.ReadExactly(new byte[Header]);
        var bytes = new byte[count * Pixels];
        stream.ReadExactly(bytes);
        return tensor(bytes, [count, Pixels]).to(float64);
    }
}
