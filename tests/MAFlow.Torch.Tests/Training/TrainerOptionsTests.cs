using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class TrainerOptionsTests
{
    private static readonly Dictionary<string, DensityTrainerOptions[]> _outOfRange = new()
    {
        ["MaxEpochs"] = [new() { MaxEpochs = 0 }],
        ["BatchSize"] = [new() { BatchSize = 0 }],
        ["MaxGradientNorm"] = [new() { MaxGradientNorm = 0 }, new() { MaxGradientNorm = double.NaN }],
        ["AverageDecay"] = [new() { AverageDecay = 1 }, new() { AverageDecay = -0.1 }],
        ["ValidationFraction"] = [new() { ValidationFraction = 0.6 }, new() { ValidationFraction = double.NaN }],
        ["MaxRecoveries"] = [new() { MaxRecoveries = -1 }],
        ["Patience"] = [new() { Patience = 0 }],
        ["CheckpointEverySteps"] = [new() { CheckpointEverySteps = 0 }],
        ["Start"] = [new() { Start = (StartMode)7 }],
        ["TimeLimit"] = [new() { TimeLimit = TimeSpan.Zero }],
        ["MaxSteps"] = [new() { MaxSteps = 0 }],
        ["LearningRate"] = [new() { LearningRate = 0 }, new() { LearningRate = double.PositiveInfinity }, new() { LearningRate = double.NaN }],
        ["Beta1"] = [new() { Beta1 = 1 }, new() { Beta1 = -1 }],
        ["Beta2"] = [new() { Beta2 = 1 }],
        ["Epsilon"] = [new() { Epsilon = 0 }],
        ["WeightDecay"] = [new() { WeightDecay = -1e-3 }],
        ["WarmupFraction"] = [new() { WarmupFraction = 0.6 }],
        ["FinalLearningRateFraction"] = [new() { FinalLearningRateFraction = -0.1 }, new() { FinalLearningRateFraction = 1.1 }],
    };

    private static IEnumerable<object[]> Names => _outOfRange.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void AnOptionOutOfRangeIsNamedWithItsRange(string name)
    {
        foreach (var options in _outOfRange[name])
        {
            var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new DensityTrainer(options));
            Assert.AreEqual(name, error.ParamName);
            Assert.Contains("Expected a ", error.Message);
            Assert.Contains(", got ", error.Message);
        }
    }

    [TestMethod]
    public void DefaultsAreThoseOfTheTrainer()
    {
        Assert.ThrowsExactly<ArgumentNullException>(() => new DensityTrainer(new() { Objective = null! }));
        Assert.AreEqual(new DensityTrainerOptions(), new DensityTrainer().Options);
        Assert.AreEqual((128, 4e-3, 0.998), (new DensityTrainerOptions().BatchSize, new DensityTrainerOptions().LearningRate, new DensityTrainerOptions().AverageDecay));
        Assert.AreEqual((64, 1e-2, 0.98), (new VariationalTrainerOptions().BatchSize, new VariationalTrainerOptions().LearningRate, new VariationalTrainerOptions().AverageDecay));
    }

    [TestMethod]
    public void ModelOptionsAreCheckedBeforeAnythingIsFitted()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var data = Toy.Ring(1, 50);
        foreach (var (name, options) in new Dictionary<string, DensityModelOptions>
        {
            ["HiddenUnits"] = new() { HiddenUnits = 0 }, ["Parts"] = new() { Parts = 0 }, ["DirectionLength"] = new() { DirectionLength = 0 }, ["Horizon"] = new() { Flow = new() { Horizon = -1 } }, ["Depth"] = new() { Flow = new() { Depth = 0 } },
        })
        {
            Assert.AreEqual(name, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => options.Build(data, generator)).ParamName);
        }

        Assert.Contains("Float32 or Float64", Assert.ThrowsExactly<ArgumentException>(() => new DensityModelOptions { DataType = ScalarType.Int64 }.Build(data, generator)).Message);
        Assert.Contains("3 x 3 = 9 pixels, got 2", Assert.ThrowsExactly<ArgumentException>(() => new DensityModelOptions { Directions = new LocalPatches(3, 3) }.Build(data, generator)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => new DensityModelOptions().Build(zeros(0, 2), generator));
    }

    [TestMethod]
    public void TheSameSeedBuildsTheSameModel()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 50);
        using var first = Toy.Model(data, 3);
        using var again = Toy.Model(data, 3);
        using var other = Toy.Model(data, 4);
        CollectionAssert.AreEqual(Models.Bytes(first), Models.Bytes(again));
        CollectionAssert.AreNotEqual(Toy.Weights(first), Toy.Weights(other));
    }
}
