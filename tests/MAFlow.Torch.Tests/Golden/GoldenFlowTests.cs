using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Every number of the paper's reference implementation in float64, to 1e-9.</summary>
[TestClass]
public sealed class GoldenFlowTests
{
    [TestMethod]
    public void ReferenceValuesOfSmallPotentialsAreReproduced()
    {
        using var scope = NewDisposeScope();
        var file = JsonNode.Parse(File.ReadAllText(SharedFiles.Require("golden/flow_float64.json")))!;
        var cases = file["cases"]!.AsArray();
        Assert.HasCount(3, cases);
        foreach (var golden in cases)
        {
            var potential = Potential(golden!);
            using var flow = new MongeAmpereFlow(potential, new()
            {
                Horizon = golden!["epsilon"]!.GetValue<double>() * golden["steps"]!.GetValue<int>(),
                Depth = golden["steps"]!.GetValue<int>(),
            });
            var x = Read(golden["x"]!).requires_grad_();
            AssertNear(golden["potential"]!, potential.Value(x));
            AssertNear(golden["gradient"]!, potential.Gradient(x));
            AssertNear(golden["laplacian"]!, potential.Laplacian(x));
            AssertNear(golden["hessian_trace"]!, potential.Laplacian(x));
            var encoded = flow.Encode(x);
            var nll = encoded.LogProb.neg();
            AssertNear(golden["nll"]!, nll);
            AssertNear(golden["latent_of_x"]!, encoded.Z);
            AssertNear(golden["log_density_change"]!, encoded.LogProb.sub(StandardNormal.LogProb(encoded.Z)), ignoreSign: true);

            nll.mean().backward();
            var gradients = golden["grad_of_mean_nll"]!;
            AssertNear(gradients["W"]!, potential.Weight.grad!);
            AssertNear(gradients["a"]!, potential.Amplitude.grad!);
            AssertNear(gradients["x"]!, x.grad!);
            if (potential.Bias is not null)
            {
                AssertNear(gradients["b"]!, potential.Bias.grad!);
            }

            var sample = flow.Decode(Read(golden["z0"]!));
            AssertNear(golden["sample_x"]!, sample.X);
            AssertNear(golden["sample_log_density"]!, sample.LogProb);
        }
    }

    [TestMethod]
    public void TheAuthorsIsingModelTransportsTheSamePoints()
    {
        using var scope = NewDisposeScope();
        var golden = JsonNode.Parse(File.ReadAllText(SharedFiles.Require("golden/ising_l16_transport.json")))!;
        using var weights = SafetensorsFile.Load(SharedFiles.Require("golden/ising_l16_reference.safetensors"));
        using var flow = new MongeAmpereFlow(
            new RidgePotential(
                weights.Tensors["fc1.weight"].to(float64), null, weights.Tensors["fc2.weight"].to(float64).reshape(-1), Activation.LogCosh),
            new() { Horizon = 5, Depth = 50 });
        using var _ = no_grad();
        var z = Read(golden["z0"]!);
        AssertNear(golden["log_density_z0"]!, StandardNormal.LogProb(z));
        var decoded = flow.Decode(z);
        AssertNear(golden["x"]!, decoded.X);
        AssertNear(golden["log_density_x"]!, decoded.LogProb);
    }

    [TestMethod]
    public void TheAuthorsIsingModelWithOneElementPerStepHasItsRigorousFreeEnergy()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var weights = SafetensorsFile.Load(SharedFiles.Require("golden/ising_l16_reference.safetensors"));
        using var energy = new IsingEnergy(Lattice.Square(16), IsingEnergy.CriticalTemperature);
        // The reference draws a translation, a transposition and a sign.
        var transposition = new SymmetryElement([.. Enumerable.Range(0, 256).Select(site => (site % 16 * 16) + (site / 16))]);
        var group = LatticeSymmetries.Translations(energy.Lattice!).And(new SymmetryGroup(256, transposition)).And(SymmetryGroup.SignFlip(256));
        using var flow = new MongeAmpereFlow(
            new SampledSymmetryPotential(
                new RidgePotential(weights.Tensors["fc1.weight"].to(float32), null, weights.Tensors["fc2.weight"].to(float32).reshape(-1), Activation.LogCosh), group, interval: 0.1),
            new() { Horizon = 5, Depth = 50 });
        using var generator = new Generator(1);
        // Rows of one sequence of elements are alike, so each small batch has its own, and the error is that of their means.
        var means = Enumerable.Range(0, 60).Select(_ =>
        {
            using var part = NewDisposeScope();
            var sample = flow.Sample(16, generator);
            return sample.LogProb.add(energy.Value(sample.X)).mean().to(float64).item<double>() / 256;
        }).ToList();
        var mean = means.Average();
        var error = Math.Sqrt(means.Sum(value => (value - mean) * (value - mean)) / (means.Count - 1.0) / means.Count);
        Near.IsBelow(0.0008, error);
        Assert.AreEqual(-2.2800, mean, 0.002);
        Assert.IsGreaterThan(-energy.ExactLogPartition()!.Value / 256, mean);
    }

    private static RidgePotential Potential(JsonNode golden) => new(
        Read(golden["W"]!),
        golden["b"] is { } bias ? Read(bias) : null,
        Read(golden["a"]!),
        Activation.ByName(golden["activation"]!.GetValue<string>()));

    private static Tensor Read(JsonNode node)
    {
        var rows = node.AsArray();
        return rows[0] is JsonArray first
            ? tensor(rows.SelectMany(row => row!.AsArray().Select(value => value!.GetValue<double>())).ToArray(), [rows.Count, first.Count])
            : tensor(rows.Select(value => value!.GetValue<double>()).ToArray());
    }

    private static void AssertNear(JsonNode expected, Tensor actual, bool ignoreSign = false)
    {
        var reference = Read(expected);
        var difference = ignoreSign ? actual.abs().sub(reference.abs()) : actual.sub(reference);
        // Relative to the largest number of the array, which is of order one to a thousand.
        var scale = Math.Max(1, reference.abs().max().item<double>());
        Near.IsBelow(1e-9 * scale, difference.abs().max().item<double>(), expected.GetPath());
    }
}
