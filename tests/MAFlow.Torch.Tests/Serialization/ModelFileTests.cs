using System.Text;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class ModelFileTests
{
    private static IEnumerable<object[]> Recipes => BijectionFamily.Names;

    [TestMethod]
    [DynamicData(nameof(Recipes))]
    public void ALoadedModelScoresBitEqual(string recipe)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var x = BijectionFamily.Named(recipe).Data(3, 9);
        foreach (var type in new[] { ScalarType.Float32, ScalarType.Float64 })
        {
            Potential[] potentials =
            [
                PotentialFamilies.Ridge(Activation.Softplus, 5), PotentialFamilies.Ridge(Activation.LogCosh, 5), new MlpPotential(3, [4, 3], Activation.LogCosh, generator, 1),
                PotentialFamilies.Create("piecewise ridge"),
                PotentialFamilies.Create("time ridge softplus"), PotentialFamilies.Create("time ridge ln cosh, between two knots"),
                SymmetricPotentials.DeepSets(3, 1, Activation.Softplus), SymmetricPotentials.DeepSets(3, 1, Activation.LogCosh),
                new SymmetrizedPotential(PotentialFamilies.Ridge(Activation.Softplus, 4), SymmetryGroup.SignFlip(3).And(SymmetryGroup.Permutations(3))),
            ];
            foreach (var potential in potentials)
            {
                potential.to(type);
                using var model = Models.Make(BijectionFamily.Named(recipe), potential);
                using var loaded = Models.Load(Models.Bytes(model));
                Assert.AreEqual(type, loaded.DataType);
                Assert.AreEqual(model.Flow.ParameterCount, loaded.Flow.ParameterCount);
                Near.AssertBitEqual(model.LogProb(x), loaded.LogProb(x), potential.GetType().Name);
                CollectionAssert.AreEqual(Models.Bytes(model), Models.Bytes(loaded));
            }
        }
    }

    [TestMethod]
    public void AModelTrainedInShortArithmeticScoresInFullBeforeAndAfterLoading()
    {
        using var scope = NewDisposeScope();
        var x = Draw.Correlated(3, 9);
        using var model = Single(Precision.BFloat16Products);
        using var full = Single(Precision.Full);
        using var loaded = Models.Load(Models.Bytes(model));
        Near.AssertBitEqual(full.LogProb(x), model.LogProb(x));
        Near.AssertBitEqual(full.LogProb(x), loaded.LogProb(x));
        static DensityModel Single(Precision precision)
        {
            var potential = PotentialFamilies.Ridge(Activation.Softplus, 5);
            potential.to(float32);
            return Models.Make(BijectionFamily.Named("standardization"), potential, new() { Horizon = 1, Depth = 4, Precision = precision });
        }
    }

    [TestMethod]
    public void AFileInShortNumbersIsThatOfTheRoundedPotential()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var x = Draw.Correlated(3, 9);
        using var model = Models.Make(BijectionFamily.Named("affine"), PotentialFamilies.Create("piecewise ridge"));
        model.Flow.Potential.to(float32);
        var (whole, half) = (folder["whole"], folder["half"]);
        model.Save(whole);
        model.Save(half, isShort: true);
        foreach (var parameter in model.Flow.Potential.parameters())
        {
            using var _ = no_grad();
            parameter.copy_(parameter.to(bfloat16));
        }

        using var loaded = DensityModel.Load(half);
        Assert.AreEqual(ScalarType.Float32, loaded.DataType);
        Near.AssertBitEqual(model.LogProb(x), loaded.LogProb(x));
        using var complete = DensityModel.Load(whole);
        Assert.IsGreaterThan(0, complete.LogProb(x).sub(loaded.LogProb(x)).abs().max().item<double>());
        Near.IsBelow(new FileInfo(whole).Length, new FileInfo(half).Length);
    }

    [TestMethod]
    public void OptionsOfTheFlowAreKept()
    {
        using var potential = PotentialFamilies.Ridge(Activation.LogCosh, 4);
        var options = new MongeAmpereFlowOptions
        {
            Horizon = 0.1 + 0.2, Depth = 7, Integrator = new ExplicitRungeKutta(ButcherTableau.ThreeEighths), Laplacian = new HutchinsonLaplacian(5),
        };
        using var model = Models.Make(BijectionFamily.Named("nothing"), potential, options);
        using var loaded = Models.Load(Models.Bytes(model));
        Assert.AreEqual(options.Horizon, loaded.Flow.Options.Horizon);
        Assert.AreEqual(7, loaded.Flow.Options.Depth);
        Assert.AreSame(ButcherTableau.ThreeEighths, ((ExplicitRungeKutta)loaded.Flow.Options.Integrator).Tableau);
        Assert.AreEqual(5, ((HutchinsonLaplacian)loaded.Flow.Options.Laplacian).Probes);
    }

    [TestMethod]
    public void PotentialsOfTheUserAreReadByTheirReader()
    {
        using var scope = NewDisposeScope();
        using var model = Models.Make(BijectionFamily.Named("standardization"), new LinearPotential(Draw.Normal(1, 3)));
        var bytes = Models.Bytes(model);
        var unknown = Refused(Edit(bytes, root => root["potential"]!["kind"] = "nonsuch"));
        Assert.Contains("Expected a known Potential, got 'nonsuch'; register a reader with Kinds.Register before loading, or update MAFlow. Known are", unknown);
        Assert.Contains("lattice-ridge", unknown);
        Kinds.Register("linear", LinearPotential.Read);
        using var loaded = Models.Load(bytes);
        var x = Draw.Correlated(2, 5);
        Near.AssertBitEqual(model.LogProb(x), loaded.LogProb(x));
    }

    [TestMethod]
    public void WhatCannotBeReadBackIsNotWritten()
    {
        using var potential = Models.Make(BijectionFamily.Named("nothing"), new QuadraticPotential(3, 1));
        Assert.Contains("override Potential.Store", Assert.ThrowsExactly<NotSupportedException>(() => Models.Bytes(potential)).Message);
        foreach (var options in new MongeAmpereFlowOptions[] { new() { Integrator = new NoIntegrator() }, new() { Laplacian = new NoLaplacian() } })
        {
            using var method = Models.Make(BijectionFamily.Named("nothing"), PotentialFamilies.Ridge(Activation.Softplus, 3), options);
            Assert.Contains("got No", Assert.ThrowsExactly<NotSupportedException>(() => Models.Bytes(method)).Message);
        }

        using var bijection = new DensityModel(new BijectionChain(new Unstorable()), new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 3)));
        Assert.Contains("override Bijection.Store", Assert.ThrowsExactly<NotSupportedException>(() => Models.Bytes(bijection)).Message);
    }

    private sealed class NoIntegrator() : Integrator(1)
    {
        protected internal override FieldState Step(Field field, FieldState state, double time, double step) => state.Plus(step, field.At(state.X, time));
    }

    private sealed class NoLaplacian : LaplacianEstimator
    {
        protected internal override Tensor? DrawProbes(Tensor x, Generator? generator) => null;

        protected internal override Tensor Estimate(Tensor gradient, Tensor x, Tensor? probes, bool createGraph) => zeros(x.shape[0]);
    }

    private sealed class Unstorable() : Bijection("unstorable")
    {
        protected internal override Mapped MapForward(Tensor x, Generator? generator) => new(x.alias(), zeros(x.shape[0], x.dtype));

        protected internal override Mapped MapInverse(Tensor y) => Forward(y);
    }

    [TestMethod]
    public void FilesOfOtherProgramsAndVersionsAreRefused()
    {
        using var folder = new TemporaryFolder();
        using var model = Models.Make();
        var text = Encoding.Latin1.GetString(Models.Bytes(model));
        Assert.Contains("Expected format version 1, got 9; read the file with", Refused(Encoding.Latin1.GetBytes(text.Replace("\"format_version\":\"1\"", "\"format_version\":\"9\"", StringComparison.Ordinal))));
        Assert.Contains("'format' is 'maflow-density'), got 'maflow-densitx'", Refused(Encoding.Latin1.GetBytes(text.Replace("\"format\":\"maflow-density\"", "\"format\":\"maflow-densitx\"", StringComparison.Ordinal))));
        using var foreign = new SafetensorsFile(new Dictionary<string, Tensor> { ["w"] = ones(2) }, new Dictionary<string, string>());
        foreign.Save(folder["foreign"]);
        Assert.Contains("got 'nothing'", Assert.ThrowsExactly<FormatException>(() => DensityModel.Load(folder["foreign"])).Message);
        Refused([]);
        Refused("PK\u0003\u0004 not a model at all"u8.ToArray());
        Assert.ThrowsExactly<FileNotFoundException>(() => DensityModel.Load(folder["absent"]));
    }

    [TestMethod]
    public void FilesThatWereCutShortAreRefused()
    {
        using var model = Models.Make();
        var bytes = Models.Bytes(model);
        for (var length = 0; length < bytes.Length; length += 37)
        {
            Refused(bytes[..length]);
        }

        Refused([.. bytes, 0]);
        // A stream that ends before the length it was announced with.
        using var stream = new MemoryStream(bytes[..^5]);
        Assert.ThrowsExactly<FormatException>(() => DensityModel.Load(stream, bytes.Length));
    }

    [TestMethod]
    public void DescriptionsThatDoNotFitTheirTensorsAreRefused()
    {
        using var model = Models.Make("standardization");
        void Change(Action<JsonNode> change) => Refused(Edit(Models.Bytes(model), change));
        Change(root => root["dimension"] = 4);
        Change(root => root["flow"]!["depth"] = 0);
        Change(root => root["flow"]!["depth"] = "12");
        Change(root => root["flow"]!["horizon"] = -1);
        Change(root => root["flow"]!["hutchinsonProbes"] = -3);
        Change(root => root["flow"]!["tableau"] = "rk5");
        Change(root => root["potential"]!["kind"] = "mlp");
        Change(root => root["potential"]!["options"]!["activation"] = "lncosh");
        Change(root => root["potential"]!["options"]!["activation"] = 3);
        Change(root => root["potential"] = null);
        Change(root => root["preprocessing"]![0]!["kind"] = "affine-gaussianization");
        Change(root => root["preprocessing"]![0]!["kind"] = "whitening");
        Change(root => root["preprocessing"] = "none");
        Change(root => root.AsObject().Remove("flow"));
    }

    [TestMethod]
    public void TensorsThatDoNotFitTogetherAreRefused()
    {
        using var scope = NewDisposeScope();
        using var model = Models.Make("standardization");
        var bytes = Models.Bytes(model);
        void Change(string name, Func<Tensor, Tensor> change)
        {
            using var stream = new MemoryStream(bytes);
            using var file = SafetensorsFile.Load(stream, bytes.Length);
            var tensors = file.Tensors.ToDictionary(pair => pair.Key, pair => pair.Key == name ? change(pair.Value) : pair.Value);
            using var output = new MemoryStream();
            using var changed = new SafetensorsFile(tensors, file.Metadata);
            changed.Save(output);
            Refused(output.ToArray());
        }

        Change("potential.weight", weight => weight.t().contiguous());
        Change("potential.weight", weight => weight.to(float32));
        Change("potential.weight", weight => weight.mul(double.NaN));
        Change("potential.weight", weight => weight.to(int64));
        Change("potential.bias", bias => bias.narrow(0, 0, 2));
        Change("preprocessing.0.mean", mean => mean.narrow(0, 0, 2));
        Change("preprocessing.0.deviation", deviation => deviation.neg());
        Change("preprocessing.0.deviation", deviation => deviation.to(float32));
        Change("preprocessing.0.mean", mean => mean.div(0));
    }

    private static byte[] Edit(byte[] bytes, Action<JsonNode> change)
    {
        using var stream = new MemoryStream(bytes);
        using var file = SafetensorsFile.Load(stream, bytes.Length);
        var root = JsonNode.Parse(file.Metadata["model"])!;
        change(root);
        using var output = new MemoryStream();
        using var changed = new SafetensorsFile(file.Tensors, new Dictionary<string, string>(file.Metadata) { ["model"] = root.ToJsonString() });
        changed.Save(output);
        return output.ToArray();
    }

    private static string Refused(byte[] bytes) => Assert.ThrowsExactly<FormatException>(() => Models.Load(bytes).Dispose()).Message;
}
