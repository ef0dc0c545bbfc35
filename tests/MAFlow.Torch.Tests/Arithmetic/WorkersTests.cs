using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Pieces of work on several threads.</summary>
[TestClass]
public sealed class WorkersTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void ResultsComeInOrderAndBelongToTheScope(int threads)
    {
        List<Tensor> kept = [];
        using (var scope = NewDisposeScope())
        {
            var results = Workers.Map(7, threads, scope, piece =>
            {
                Assert.IsFalse(is_grad_enabled());
                return [full(2, piece, dtype: float64), arange(piece + 1)];
            });
            for (var piece = 0; piece < 7; piece++)
            {
                Assert.AreEqual(piece, results[piece][0][1].item<double>());
                Assert.AreEqual(piece + 1, results[piece][1].numel());
            }

            kept.AddRange(results.SelectMany(result => result));
        }

        Assert.HasCount(14, kept);
        Assert.IsTrue(kept.All(tensor => tensor.IsInvalid));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void WhatAPieceThrowsArrivesAsItIsAndNothingIsLeft(int threads)
    {
        var made = new System.Collections.Concurrent.ConcurrentBag<Tensor>();
        using var scope = NewDisposeScope();
        var thrown = Assert.ThrowsExactly<FormatException>(() => Workers.Map(5, threads, scope, piece =>
        {
            var tensor = zeros(3);
            made.Add(tensor);
            return piece == 3 ? throw new FormatException("piece 3") : [tensor];
        }));
        Assert.AreEqual("piece 3", thrown.Message);
        Assert.IsTrue(made.All(tensor => tensor.IsInvalid));
    }

    [TestMethod]
    public void PiecesWithoutTensorsAreAllDone()
    {
        var done = new int[100];
        Workers.ForEach(done.Length, piece => done[piece]++);
        Assert.IsTrue(done.All(count => count == 1));
        Assert.ThrowsExactly<InvalidOperationException>(() => Workers.ForEach(2, _ => throw new InvalidOperationException("no")));
    }
}
