print("make-catalogue")
