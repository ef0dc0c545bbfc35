using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Hundreds of damaged model files: each is refused as one, or is still a model.</summary>
[TestClass]
public sealed class DamagedFileTests
{
    private static readonly string[] _kinds = ["image, ridge", "standardization, perceptron", "image, symmetrised"];

    private static IEnumerable<object[]> Files => _kinds.Select(kind => new object[] { kind });

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void FlippedBitsGiveAFormatExceptionOrAModel(string kind) => Fuzz(kind, (bytes, random) =>
    {
        var position = random.Next(bytes.Length);
        bytes[position] ^= (byte)(1 << random.Next(8));
    });

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void OverwrittenHeadersGiveAFormatExceptionOrAModel(string kind) => Fuzz(kind, (bytes, random) =>
    {
        // Digits, quotes and brackets do more harm to JSON than other bytes.
        const string Harmful = "0123456789\"{}[],:-.eE ";
        var header = BitConverter.ToInt32(bytes);
        bytes[8 + random.Next(header)] = (byte)Harmful[random.Next(Harmful.Length)];
    });

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void OverwrittenNumbersGiveAFormatExceptionOrAModel(string kind) => Fuzz(kind, (bytes, random) =>
    {
        var numbers = 8 + BitConverter.ToInt32(bytes);
        bytes.AsSpan(numbers + (random.Next((bytes.Length - numbers) / 8) * 8), 8).Fill((byte)random.Next(256));
    });

    private static void Fuzz(string kind, Action<byte[], Random> damage)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var model = Array.IndexOf(_kinds, kind) switch
        {
            0 => Models.Make(),
            1 => Models.Make(BijectionFamily.Named("standardization"), new MlpPotential(3, [3, 2], Activation.Softplus, generator)),
            _ => Models.Make(BijectionFamily.Named("image"), new SymmetrizedPotential(SymmetricPotentials.DeepSets(3, 1, Activation.Softplus), SymmetryGroup.SignFlip(3))),
        };
        var intact = Models.Bytes(model);
        var x = zeros(2, 3, dtype: float64);
        var random = new Random(1);
        var refused = 0;
        for (var i = 0; i < 250; i++)
        {
            using var inner = NewDisposeScope();
            var bytes = intact.ToArray();
            damage(bytes, random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var loaded = Models.Load(bytes);
                Near.IsBelow(4L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
                // A changed depth is a valid option; scoring with the given one keeps the test short.
                loaded.At(2).LogProb(x);
            }
            catch (FormatException)
            {
                refused++;
            }
            catch (ArgumentException)
            {
                // The model no longer takes these rows.
            }
        }

        Assert.IsGreaterThan(10, refused, "Damage was noticed.");
    }
}
