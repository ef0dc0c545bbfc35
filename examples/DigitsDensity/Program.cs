Console.WriteLine("DigitsDensity");
