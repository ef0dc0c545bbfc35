using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class StoredComponentTests
{
    [TestMethod]
    public void OptionsOfEveryTypeComeBack()
    {
        var stored = new StoredComponent("k").With("whole", 3).With("real", 0.1 + 0.2).With("text", "a \"b\" ü").With("flag", true)
            .With("extents", new[] { 2, 3 }).With("names", new List<string> { "x", "y" });
        Assert.AreEqual(3, stored.Option<int>("whole"));
        Assert.AreEqual(0.1 + 0.2, stored.Option<double>("real"));
        Assert.AreEqual("a \"b\" ü", stored.Option<string>("text"));
        Assert.IsTrue(stored.Option<bool>("flag"));
        CollectionAssert.AreEqual(new[] { 2, 3 }, stored.Option<int[]>("extents"));
        CollectionAssert.AreEqual(new[] { "x", "y" }, stored.Option<string[]>("names"));
        Assert.IsTrue(stored.Has("whole"));
        Assert.IsFalse(stored.Has("half"));
    }

    [TestMethod]
    public void WhatIsMissingOrOfAnotherTypeIsNamed()
    {
        using var scope = NewDisposeScope();
        var stored = new StoredComponent("ring", new JsonObject { ["n"] = 2.5, ["none"] = null, ["text"] = "x", ["list"] = new JsonArray(1, "a") }, new Dictionary<string, Tensor> { ["w"] = ones(1) });
        Assert.Contains("Expected Int32 as option 'n' of the stored ring, got 2.5", Refused(() => stored.Option<int>("n")));
        Assert.Contains("Expected an option 'm' in the stored ring, got n, none, text, list", Refused(() => stored.Option<int>("m")));
        Assert.Contains("Expected an option 'none'", Refused(() => stored.Option<string>("none")));
        Assert.Contains("Expected Double as option 'text'", Refused(() => stored.Option<double>("text")));
        Assert.Contains("Expected Int32[] as option 'list'", Refused(() => stored.Option<int[]>("list")));
        Assert.Contains("Expected a tensor 'v' in the stored ring, got w", Refused(() => stored.Tensor("v")));
        Assert.Contains("Expected an option 'inner'", Refused(() => stored.Child<Bijection>("inner")));
        Assert.Contains("Expected a list of at most 1024 components as option 'text'", Refused(() => stored.Children<Bijection>("text")));
        Assert.Contains("Expected the kind and the options of a component in the stored ring, got 1", Refused(() => stored.Children<Bijection>("list")));
    }

    [TestMethod]
    public void ComponentsInsideKeepTheLayoutOfTheFirstVersion()
    {
        using var scope = NewDisposeScope();
        var child = new StoredComponent("c").With("p", 1).WithTensor("w", ones(2));
        var single = new StoredComponent("outer").WithChild("inner", child);
        Assert.AreEqual("""{"inner":"c","innerOptions":{"p":1}}""", single.Options.ToJsonString());
        CollectionAssert.AreEqual(new[] { "inner.w" }, single.Tensors.Keys.ToArray());
        var list = new StoredComponent("outer").WithChildren("parts", [child, child]);
        Assert.AreEqual("""{"parts":[{"kind":"c","options":{"p":1}},{"kind":"c","options":{"p":1}}]}""", list.Options.ToJsonString());
        CollectionAssert.AreEqual(new[] { "0.w", "1.w" }, list.Tensors.Keys.ToArray());
    }

    [TestMethod]
    public void NamesAreTakenOnce()
    {
        using var scope = NewDisposeScope();
        var child = new StoredComponent("c").WithTensor("w", ones(2));
        var stored = new StoredComponent("k").With("a", 1).WithTensor("w", ones(1)).WithChildren("parts", [child]);
        Assert.ThrowsExactly<ArgumentException>(() => stored.With("a", 2));
        Assert.ThrowsExactly<ArgumentException>(() => stored.WithTensor("w", ones(1)));
        Assert.ThrowsExactly<ArgumentException>(() => stored.WithChildren("others", [child]));
        Assert.ThrowsExactly<ArgumentException>(() => stored.With("nan", double.NaN));
        Assert.ThrowsExactly<ArgumentException>(() => new StoredComponent(" "));
    }

    private static string Refused(Func<object> read) => Assert.ThrowsExactly<FormatException>(read).Message;
}
